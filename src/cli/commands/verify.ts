import type { Finding } from "../../ledger/finding.ts";
import { verifyLedger } from "../../ledger/verify.ts";
import { verifyGaps } from "../../ledger/gaps.ts";
import { verifyCertificates } from "../../quality/certified-state.ts";
import { verifySilver } from "../../silver/verify.ts";
import type { Lake } from "../../lake/lake.ts";
import type { CommandRun } from "../command.ts";
import { checkConflicts, lakeAddress } from "../config/addresses.ts";
import type { VerifyConfig } from "../config/schemas.ts";
import { startProgress } from "../output/progress.ts";
import { summaryText } from "../output/summary.ts";
import { rounded } from "../producer-summary.ts";
import { openLake } from "../wiring.ts";

interface NamedFinding {
  readonly kind: string;
  readonly key: string;
  readonly text: string;
}

/** `egx verify`: the ledger against the lake, and silver against what its builds wrote. */
export const verify: CommandRun<VerifyConfig> = async (config, context) => {
  const { origins, clock, signal, out, err } = context;
  checkConflicts(origins);
  await using open = new AsyncDisposableStack();
  const address = lakeAddress(config, origins);
  const lake = open.adopt(await openLake(address, context, "read"), (it) => it.close());
  const startedMs = clock.monotonicMs();
  const findings: NamedFinding[] = [];
  const progress = startProgress(err, "objects");
  const ledger = await verifyLedger(lake, {
    fast: config.fast,
    onFinding: (finding: Finding) => findings.push(finding),
    onProgress: (objects) => progress.update(objects, null),
    signal,
  }).finally(() => progress.stop());
  for await (const finding of verifyGaps(lake)) findings.push(finding);
  const silver = config.fast ? null : await lookAtSilver(lake, findings);
  const summary = {
    lake: lake.url,
    ...ledger,
    findings: findings.length,
    silverObjects: silver,
    seconds: rounded((clock.monotonicMs() - startedMs) / 1_000),
  };
  if (config.json) {
    const document = { ok: findings.length === 0, ...summary, findings };
    await out.write(`${JSON.stringify(document)}\n`);
  } else {
    const lines = findings.map(({ kind, key, text }) => `${kind}: ${key}: ${text}\n`);
    await out.write(lines.join(""));
    await out.write(summaryText(summary, out));
    await out.write(findings.length === 0 ? "ok: all is as the ledger says\n" : "");
  }
  return findings.length === 0 ? 0 : 1;
};

/** Adds what is wrong with silver to `findings`; tells how many objects were looked at. */
async function lookAtSilver(lake: Lake, findings: NamedFinding[]): Promise<number> {
  const texts = {
    missing: "a silver object is missing; egx silver makes it again",
    damaged: "a silver object is not what its build wrote; egx silver makes it again",
    stray: "no build of silver names this object",
  };
  let objects = 0;
  for await (const { key, state } of verifySilver(lake)) {
    objects += 1;
    if (state !== "whole") findings.push({ kind: state, key, text: texts[state] });
  }
  for await (const { key, state } of verifyCertificates(lake)) {
    objects += 1;
    const text = "certificates are not as they were drawn up; egx quality makes them again";
    if (state !== "whole") findings.push({ kind: state, key, text });
  }
  return objects;
}
