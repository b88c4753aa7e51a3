import { utf8 } from "../../base/bytes.ts";
import { EgxError, hasCode } from "../../base/errors.ts";
import type { Lake } from "../../lake/lake.ts";
import { uploadProbeKey } from "../../ledger/layout.ts";
import type { CommandRun } from "../command.ts";
import { checkConflicts, lakeAddress } from "../config/addresses.ts";
import type { VerifyUploadConfig } from "../config/schemas.ts";
import { writeRows } from "../output/rows.ts";
import { actions, isRight, places, type Action, type Place } from "../upload-rights.ts";
import { openLake } from "../wiring.ts";

/** "unknown": nothing is there that could be read. */
type Seen = "allowed" | "denied" | "unknown";

interface Attempt {
  readonly action: Action;
  readonly place: Place;
  readonly expected: "allowed" | "denied";
  readonly seen: Seen;
  readonly ok: boolean;
}

const probe = utf8("written by egx verify-upload; it may be deleted\n");

/** `egx verify-upload`: tries all that a role may do, and all that it may not. */
export const verifyUpload: CommandRun<VerifyUploadConfig> = async (config, context) => {
  checkConflicts(context.origins);
  const address = lakeAddress(config, context.origins);
  if (address.kind === "folder") {
    throw new EgxError("E_USAGE", `${address.address} is a folder, which has no roles`, {
      hint: "Name the bucket: --bucket NAME, or --lake s3://NAME.",
    });
  }
  await using open = new AsyncDisposableStack();
  const lake = open.adopt(await openLake(address, context, "read"), (it) => it.close());
  const attempts: Attempt[] = [];
  const left: string[] = [];
  for (const place of places) {
    context.signal.throwIfAborted();
    const seen = await tryAll(lake, place);
    for (const action of actions) {
      const expected = isRight(config.role, action, place) ? "allowed" : "denied";
      const was = seen[action];
      attempts.push({
        action,
        place,
        expected,
        seen: was,
        ok: was === expected || was === "unknown",
      });
    }
    if (seen.put === "allowed" && seen.delete !== "allowed") left.push(uploadProbeKey(place));
  }
  const wrong = attempts.filter(({ ok }) => !ok);
  await writeRows(context.out, config.json, {
    head: ["action", "place", "expected", "seen", ""],
    rows: attempts.map(({ action, place, expected, seen, ok }) => [
      action,
      place,
      expected,
      seen,
      ok ? "ok" : context.out.paint("red", "WRONG"),
    ]),
    json: { ok: wrong.length === 0, lake: lake.url, role: config.role, attempts, left },
  });
  if (!config.json) await context.err.write(summary(config.role, wrong, left));
  return wrong.length === 0 ? 0 : 1;
};

/** One place, from putting to deleting. Only objects of the probe's own name are written or deleted. */
async function tryAll(lake: Lake, place: Place): Promise<Readonly<Record<Action, Seen>>> {
  const key = uploadProbeKey(place);
  const put = await tried(async () => lake.put(key, probe));
  const listing: { first: string | null } = { first: null };
  const list = await tried(async () => {
    for await (const { key: found } of lake.list(place)) {
      listing.first = found;
      return;
    }
  });
  const readable = put === "allowed" ? key : listing.first;
  // Where nothing can be read, a refusal cannot be told from an absence by who may list.
  const blind = readable === null && list === "allowed";
  const get = blind ? "unknown" : await tried(async () => lake.getRange(readable ?? key, 0, 0));
  return { put, list, get, delete: await tried(async () => lake.delete(key)) };
}

async function tried(operation: () => Promise<unknown>): Promise<"allowed" | "denied"> {
  try {
    await operation();
    return "allowed";
  } catch (error) {
    if (hasCode(error, "E_LAKE_FORBIDDEN")) return "denied";
    throw error;
  }
}

function summary(role: string, wrong: readonly Attempt[], left: readonly string[]): string {
  const tooMuch = wrong.filter(({ seen }) => seen === "allowed").length;
  const tooLittle = wrong.length - tooMuch;
  const verdict =
    wrong.length === 0
      ? `ok: these credentials may do what role ${role} may, and nothing else\n`
      : `role ${role}: ${tooLittle} rights are missing, ${tooMuch} are too many; ` +
        `the policy is deploy/iam/${role}.json\n`;
  if (left.length === 0) return verdict;
  return `${verdict}left behind, since it may not be deleted: ${left.join(", ")}\n`;
}
