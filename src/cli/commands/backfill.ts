import { backfill as runBackfill, type SymbolNote } from "../../loads/backfill.ts";
import { egxCalendar } from "../../market/calendar.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { readCalendar } from "../calendar-source.ts";
import type { CommandRun } from "../command.ts";
import { checkConflicts, lakeAddress } from "../config/addresses.ts";
import type { BackfillConfig } from "../config/schemas.ts";
import { namedFeed, planFeed } from "../feed-plan.ts";
import { logEvents } from "../output/event-log.ts";
import { startProgress } from "../output/progress.ts";
import { writeSummary } from "../output/summary.ts";
import { rounded, silverIsNext, unavailable } from "../producer-summary.ts";
import { openLake, processName, scratchFolder } from "../wiring.ts";

/** Symbols that one line names. */
const namedMax = 10;

/** `egx backfill`: a feed's history to batch/. */
export const backfill: CommandRun<BackfillConfig> = async (config, context) => {
  const { origins, clock, random, signal, logger, out, err } = context;
  checkConflicts(origins);
  const name = namedFeed(config) ?? "tradingview";
  await using open = new AsyncDisposableStack();
  const asked = { ...config, speed: undefined };
  const events = logEvents(logger);
  const pass = { clock, random, live: false, once: false, events };
  const plan = await planFeed(name, asked, pass);
  open.adopt(plan.feed, (feed) => feed.close());
  const address = lakeAddress(config, origins);
  const lake = open.adopt(await openLake(address, context, "create"), (it) => it.close());
  logger.info(`loading ${plan.request.interval.name} bars of ${plan.feed.source}`);
  const progress = startProgress(err, "symbols");
  const summary = await runBackfill({
    feed: plan.feed,
    request: plan.request,
    kind: plan.kind,
    resume: config.resume,
    calendar: config.calendar === undefined ? egxCalendar() : await readCalendar(config.calendar),
    lake,
    writer: processName(),
    scratchFolder: scratchFolder(),
    clock,
    random,
    signal,
    events,
    onProgress: (done, total) => progress.update(done, total),
  }).finally(() => progress.stop());
  const { notes, failedSymbols, stopped, rejected, seconds, ...counts } = summary;
  tellNotes(notes, logger);
  if (stopped) logger.info("stopped; --resume goes on from here");
  else if (summary.added > 0) logger.info(silverIsNext);
  await writeSummary(out, config.json, {
    ...counts,
    rejected,
    symbolsFailed: failedSymbols.size,
    ...countNotes(notes),
    stopped,
    seconds: rounded(seconds),
  });
  return unavailable(summary, context) && !stopped ? 3 : 0;
};

function countNotes(notes: readonly SymbolNote[]): Readonly<Record<string, number>> {
  const count = (kind: SymbolNote["note"]["kind"]): number =>
    notes.filter(({ note }) => note.kind === kind).length;
  return {
    symbolsShort: count("short"),
    symbolsShrunken: count("shrunken"),
    symbolsPoorer: count("poorer"),
    symbolsRebased: count("rebased"),
  };
}

function tellNotes(notes: readonly SymbolNote[], logger: Logger): void {
  for (const { symbol, note } of notes) {
    if (note.kind === "rebased") {
      const factor = Number(note.factor.toPrecision(6));
      logger.warn(`${symbol} was re-based: ${note.bars} bars times ${factor}; all were taken`);
    } else if (note.kind === "shrunken") {
      logger.warn(`${symbol} lacks ${note.bars} bars that an earlier load had; they stay`);
    } else if (note.kind === "poorer") {
      logger.warn(`${symbol}: ${note.bars} bars say less than those held and were not taken`);
    }
  }
  const short = notes.flatMap(({ symbol, note }) =>
    note.kind === "short" ? [`${symbol} ${note.days} of ${note.sessions}`] : [],
  );
  if (short.length === 0) return;
  const more = short.length > namedMax ? ` and ${short.length - namedMax} more` : "";
  const named = short.slice(0, namedMax).join(", ");
  logger.info(`days with bars, of the sessions since the first: ${named}${more}`);
}
