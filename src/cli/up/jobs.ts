import { EgxError } from "../../base/errors.ts";
import { verifyGaps } from "../../ledger/gaps.ts";
import { verifyLedger } from "../../ledger/verify.ts";
import { backfill, type BackfillSummary } from "../../loads/backfill.ts";
import { parseInterval } from "../../market/interval.ts";
import type { ScheduledRun } from "../../market/schedule.ts";
import type { CertifySummary } from "../../quality/certify.ts";
import type { HealSummary } from "../../quality/heal.ts";
import { count } from "../output/summary.ts";
import { processName, scratchFolder } from "../wiring.ts";
import { certifyAll, hasPast, healRecent, type KeeperOptions } from "./keep-quality.ts";
import type { Job } from "./schedule.ts";

export interface JobOptions extends KeeperOptions {
  /** Brings silver up to date. */
  readonly build: () => Promise<void>;
  /** Looks at the feed's symbols and tells what has changed; null when they cannot be asked for. */
  readonly reviewUniverse: ((signal: AbortSignal) => Promise<string>) | null;
}

/** Days of daily bars that are read again, so that corrections come in. */
const correctedDays = 7;
const reconciledDays = 30;
/** Findings that one line names. */
const namedMax = 3;

/**
 * After the close: certifies what silver holds and heals it where the feed has a past of its own.
 * `egx up` does it with and without a schedule.
 */
export function qualityJob(options: JobOptions): Job {
  return {
    name: "daily",
    atStart: true,
    work: async (_run, signal) => {
      await options.build();
      const certified = await certifyAll(options, signal);
      if (!hasPast(options.plan)) return certifiedText(certified);
      const healed = await healRecent(options, signal);
      return `${certifiedText(certified)}; ${healedText(healed)}`;
    },
  };
}

/** All jobs of `egx up --schedule`. */
export function scheduledJobs(options: JobOptions): readonly Job[] {
  const quality = qualityJob(options);
  return [
    {
      name: "intraday",
      atStart: false,
      work: async (_run, signal) => {
        await options.build();
        return certifiedText(await certifyAll(options, signal, options.plan.request.interval));
      },
    },
    {
      ...quality,
      work: async (run, signal) => {
        const loaded = await loadDaily(options, { run, days: correctedDays }, signal);
        const kept = await quality.work(run, signal);
        return loaded === null ? kept : `${loadedText(loaded)}; ${kept}`;
      },
    },
    {
      name: "weekly",
      atStart: false,
      work: async (run, signal) => {
        const loaded = await loadDaily(options, { run, days: reconciledDays }, signal);
        await options.build();
        const verified = await verify(options, signal);
        return loaded === null ? verified : `${loadedText(loaded)}; ${verified}`;
      },
    },
    {
      name: "monthly",
      atStart: false,
      work: async (_run, signal) =>
        options.reviewUniverse === null
          ? "this feed has no list of symbols"
          : options.reviewUniverse(signal),
    },
  ];
}

interface AskedDays {
  readonly run: ScheduledRun;
  readonly days: number;
}

/** The final daily bars up to a session, and those that were corrected; null without a past. */
async function loadDaily(
  { lake, plan, calendar, clock, random, events }: JobOptions,
  { run, days }: AskedDays,
  signal: AbortSignal,
): Promise<BackfillSummary | null> {
  if (!hasPast(plan)) return null;
  const { symbols } = plan.request;
  const from = run.date.subtract({ days });
  const summary = await backfill({
    feed: plan.feed,
    request: { symbols, interval: parseInterval("1d"), from, to: run.date },
    kind: plan.kind,
    resume: false,
    calendar,
    lake,
    writer: processName(),
    scratchFolder: scratchFolder(),
    clock,
    random,
    signal,
    events,
  });
  signal.throwIfAborted();
  return summary;
}

/** @throws E_LEDGER_DAMAGED when the lake is not as its ledger says. */
async function verify({ lake }: JobOptions, signal: AbortSignal): Promise<string> {
  const found: string[] = [];
  const { entries } = await verifyLedger(lake, {
    fast: true,
    onFinding: ({ kind, key }) => found.push(`${kind} ${key}`),
    signal,
  });
  for await (const { kind, key } of verifyGaps(lake)) found.push(`${kind} ${key}`);
  if (found.length === 0) return `${count(entries)} ledger entries verified`;
  const more = found.length > namedMax ? ` and ${found.length - namedMax} more` : "";
  const named = found.slice(0, namedMax).join(", ");
  throw new EgxError("E_LEDGER_DAMAGED", `verify finds ${named}${more}`, {
    hint: "Run egx verify: it names each finding.",
  });
}

function certifiedText({ certified, rows }: CertifySummary): string {
  return `${count(rows)} certificates in ${count(certified)} partitions`;
}

function healedText({ healed, waived, unhealed }: HealSummary): string {
  return `${count(healed)} holes healed, ${count(waived)} need nothing, ${count(unhealed.length)} stay open`;
}

function loadedText({ added, failedSymbols }: BackfillSummary): string {
  const failed = failedSymbols.size === 0 ? "" : `, ${count(failedSymbols.size)} symbols failed`;
  return `${count(added)} daily bars loaded${failed}`;
}
