import { EgxError } from "../../base/errors.ts";
import type { Lake } from "../../lake/lake.ts";
import { listDeadLetters as listAll, type KeptDeadLetter } from "../../ledger/dead-letters.ts";
import type { CommandContext, CommandRun } from "../command.ts";
import { checkConflicts, lakeAddress } from "../config/addresses.ts";
import type { DeadLetterConfig } from "../config/schemas.ts";
import { letterJson, parsePosition, textOrNull } from "../output/letters.ts";
import { printable } from "../output/query-rows.ts";
import { writeRows } from "../output/rows.ts";
import { byCode, count, writeSummary } from "../output/summary.ts";
import { openLake } from "../wiring.ts";

/** `egx dlq list`: what waits for somebody. */
export const listDeadLetters: CommandRun<DeadLetterConfig> = async (config, context) => {
  await withLake(config, context, async (lake) => {
    const open: KeptDeadLetter[] = [];
    const codes = new Map<string, number>();
    let closed = 0;
    for await (const kept of listAll(lake)) {
      if (kept.chain.topic !== config.topic) continue;
      if (kept.end !== null) {
        closed += 1;
        continue;
      }
      open.push(kept);
      codes.set(kept.letter.code, (codes.get(kept.letter.code) ?? 0) + 1);
    }
    await writeRows(context.out, config.json, {
      head: ["position", "log", "published", "key", "code", "reason"],
      rows: open.map((kept) => {
        const { position, log, published, key, code, reason } = letterJson(kept);
        return [position, log, published, key, code, printable(reason)];
      }),
      json: open.map((kept) => letterJson(kept)),
    });
    if (config.json) return;
    await context.err.write(`open: ${byCode(codes)}; closed: ${count(closed)}\n`);
  });
  return 0;
};

/** `egx dlq show PARTITION:OFFSET`. */
export const showDeadLetter: CommandRun<DeadLetterConfig> = async (config, context) => {
  const [given = ""] = context.args;
  const position = parsePosition(given);
  await withLake(config, context, async (lake) => {
    for await (const kept of listAll(lake)) {
      const { chain, letter } = kept;
      const { partition, offset, logId = chain.logId } = position;
      const here =
        chain.topic === config.topic &&
        chain.partition === partition &&
        letter.offset === offset &&
        chain.logId === logId;
      if (!here) continue;
      await show(config, context, kept);
      return;
    }
    throw new EgxError("E_USAGE", `there is no dead letter at ${given}`, {
      hint: "egx dlq list shows the positions.",
    });
  });
  return 0;
};

async function show(
  config: DeadLetterConfig,
  context: CommandContext,
  kept: KeptDeadLetter,
): Promise<void> {
  const { letter, end } = kept;
  const headers = Object.fromEntries(
    letter.headers.map(({ key, value }) => [key, textOrNull(value)]),
  );
  const value = textOrNull(letter.value);
  if (config.json) {
    const valueBase64 = letter.value === null ? null : Buffer.from(letter.value).toString("base64");
    const document = { ...letterJson(kept), headers, value, valueBase64, end };
    await context.out.write(`${JSON.stringify(document)}\n`);
    return;
  }
  await writeSummary(context.out, false, {
    ...letterJson(kept),
    headers: JSON.stringify(headers),
    end: end === null ? "open" : `${end.outcome} at ${end.at}: ${end.note}`,
    value: printable(value ?? "(none)"),
  });
}

async function withLake(
  config: DeadLetterConfig,
  context: CommandContext,
  work: (lake: Lake) => Promise<void>,
): Promise<void> {
  checkConflicts(context.origins);
  await using open = new AsyncDisposableStack();
  const address = lakeAddress(config, context.origins);
  await work(open.adopt(await openLake(address, context, "read"), (lake) => lake.close()));
}
