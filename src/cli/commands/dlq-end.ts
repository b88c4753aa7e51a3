import { EgxError } from "../../base/errors.ts";
import {
  replayDeadLetters,
  waiveDeadLetters,
  type LetterFilter,
  type ReplayOutcome,
  type WaiveOutcome,
} from "../../consumer/replay.ts";
import type { KeptDeadLetter } from "../../ledger/dead-letters.ts";
import type { CommandContext, CommandRun } from "../command.ts";
import { checkConflicts, lakeAddress, logAddress } from "../config/addresses.ts";
import type { ReplayConfig, WaiveConfig } from "../config/schemas.ts";
import { letterJson, parsePosition } from "../output/letters.ts";
import { writeRows } from "../output/rows.ts";
import { byCode } from "../output/summary.ts";
import { unlessInterrupted } from "../signals.ts";
import { openLake, openLog } from "../wiring.ts";

type Outcome = ReplayOutcome | WaiveOutcome;

/** `egx dlq replay`: publishes messages again that may be valid now. */
export const replayLetters: CommandRun<ReplayConfig> = async (config, context) => {
  const { clock, signal, origins } = context;
  checkConflicts(origins);
  const filter = filterOf(config, context);
  await using open = new AsyncDisposableStack();
  const lakeAt = lakeAddress(config, origins);
  const lake = open.adopt(await openLake(lakeAt, context, "read"), (it) => it.close());
  const logAt = logAddress(config, origins);
  const log = open.adopt(await openLog(logAt, context, "read"), (it) => it.close());
  const { dryRun, attemptsMax } = config;
  const done = new Done();
  await unlessInterrupted(
    signal,
    () => {
      const onLetter = done.add;
      return replayDeadLetters({ log, lake, filter, dryRun, attemptsMax, clock, signal, onLetter });
    },
    () => undefined,
  );
  await done.write(config, context);
  const left = done.countOf("too-often");
  if (left === 0) return 0;
  const hint = "egx dlq waive --reason … closes what cannot be mended";
  context.logger.warn(`${left} were replayed ${attemptsMax} times or more and left alone; ${hint}`);
  return 3;
};

/** `egx dlq waive`: closes dead letters that nobody will replay. */
export const waiveLetters: CommandRun<WaiveConfig> = async (config, context) => {
  const { clock, signal, origins } = context;
  checkConflicts(origins);
  const { dryRun, reason, all, codes, since, until } = config;
  const isNarrowed = [context.args[0], codes, since, until].some((given) => given !== undefined);
  if (!all && !isNarrowed) {
    throw new EgxError("E_USAGE", "egx dlq waive needs to be told which dead letters", {
      hint: "Give a position, --code, --since or --until; or --all.",
    });
  }
  if (reason === undefined) {
    throw new EgxError("E_USAGE", "a dead letter is waived with a reason", {
      hint: 'Say it with --reason "…"; it is kept with each letter.',
    });
  }
  const filter = filterOf(config, context);
  await using open = new AsyncDisposableStack();
  const lakeAt = lakeAddress(config, origins);
  const lake = open.adopt(await openLake(lakeAt, context, "read"), (it) => it.close());
  const done = new Done();
  await unlessInterrupted(
    signal,
    () => waiveDeadLetters({ lake, filter, reason, dryRun, clock, signal, onLetter: done.add }),
    () => undefined,
  );
  await done.write(config, context);
  return 0;
};

/** What became of each letter, in the order of doing. */
class Done {
  readonly #letters: { readonly kept: KeptDeadLetter; readonly outcome: Outcome }[] = [];

  readonly add = (kept: KeptDeadLetter, outcome: Outcome): void => {
    this.#letters.push({ kept, outcome });
  };

  countOf(outcome: Outcome): number {
    return this.#letters.filter((letter) => letter.outcome === outcome).length;
  }

  async write(
    { json }: Pick<ReplayConfig, "json">,
    { out, err, args }: Pick<CommandContext, "out" | "err" | "args">,
  ): Promise<void> {
    const letters = this.#letters.map(({ kept, outcome }) => ({ ...letterJson(kept), outcome }));
    await writeRows(out, json, {
      head: ["position", "log", "key", "code", "outcome"],
      rows: letters.map(({ position, log, key, code, outcome }) => [
        position,
        log,
        key,
        code,
        outcome,
      ]),
      json: letters,
    });
    if (json) return;
    const [position] = args;
    if (position !== undefined && letters.length === 0) {
      await err.write(`no dead letter is open at ${position}; egx dlq list shows those that are\n`);
      return;
    }
    const counts = new Map<string, number>();
    for (const { outcome } of letters) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    await err.write(`dead letters: ${byCode(counts)}\n`);
  }
}

type Chosen = Pick<ReplayConfig, "topic" | "codes" | "since" | "until">;

/** @throws E_USAGE when a position is given that is none. */
function filterOf({ topic, codes, since, until }: Chosen, { args }: CommandContext): LetterFilter {
  const [position] = args;
  return {
    topic,
    ...(codes === undefined ? {} : { codes }),
    ...(since === undefined ? {} : { fromMs: since.epochMilliseconds }),
    ...(until === undefined ? {} : { toMs: until.epochMilliseconds + 1 }),
    ...(position === undefined ? {} : { position: parsePosition(position) }),
  };
}
