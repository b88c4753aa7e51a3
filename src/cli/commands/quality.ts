import type { Calendar } from "../../market/calendar.ts";
import { type Interval, intervals, parseInterval } from "../../market/interval.ts";
import { certify } from "../../quality/certify.ts";
import { type CoverageAsked, readCoverage, type SymbolCoverage } from "../../quality/coverage.ts";
import { heal, type HealSummary } from "../../quality/heal.ts";
import { openQuery } from "../../silver/query.ts";
import type { Lake } from "../../lake/lake.ts";
import { readCalendar } from "../calendar-source.ts";
import type { CommandContext, CommandRun } from "../command.ts";
import { checkConflicts, lakeAddress } from "../config/addresses.ts";
import type { QualityConfig } from "../config/schemas.ts";
import { namedFeed, planFeed } from "../feed-plan.ts";
import { logEvents } from "../output/event-log.ts";
import { startProgress } from "../output/progress.ts";
import { totalsOf, writeCoverage } from "../output/coverage.ts";
import { openLake, processName, scratchFolder } from "../wiring.ts";

/** Holes that one line of news names. */
const namedMax = 10;

/** `egx quality`: what the calendar expects against what is stored. */
export const quality: CommandRun<QualityConfig> = async (config, context) => {
  const { origins, clock, random, signal, logger } = context;
  checkConflicts(origins);
  await using open = new AsyncDisposableStack();
  const address = lakeAddress(config, origins);
  const lake = open.adopt(await openLake(address, context, "read"), (it) => it.close());
  const calendar = await readCalendar(config.calendar, context);
  const healed = config.heal ? await mend(config, context, { lake, calendar }) : null;
  const of = { lake, scratchFolder: scratchFolder(), calendar, clock, random, signal };
  const chosen = config.interval ?? healed?.interval;
  const asked = chosen === undefined ? intervals : [chosen];
  await certify({ ...of, intervals: asked, events: logEvents(logger) });
  const coverage = await coverageOf(config, of, asked);
  const summary = healed?.summary ?? null;
  await answer(config, context, { coverage, summary });
  if (coverage.some(({ missing, degraded }) => missing + degraded > 0)) return 1;
  return summary !== null && summary.unhealed.length > 0 ? 3 : 0;
};

async function answer(
  config: QualityConfig,
  { out, logger }: CommandContext,
  found: { readonly coverage: readonly SymbolCoverage[]; readonly summary: HealSummary | null },
): Promise<void> {
  const { coverage, summary } = found;
  if (coverage.length === 0) logger.warn("silver has no bars of what was asked");
  if (!config.json) return writeCoverage(out, coverage);
  const totals = totalsOf(coverage);
  const { from, to } = config;
  const asked = { from: from?.toString() ?? null, to: to?.toString() ?? null };
  const ok = totals.missing + totals.degraded === 0;
  const document = { ok, ...asked, healed: summary, totals, symbols: coverage };
  await out.write(`${JSON.stringify(document)}\n`);
}

interface Place {
  readonly lake: Lake;
  readonly calendar: Calendar;
}

/** Asks the feed for what is missing or wrong. */
async function mend(
  config: QualityConfig,
  context: CommandContext,
  { lake, calendar }: Place,
): Promise<{ readonly interval: Interval; readonly summary: HealSummary }> {
  const { clock, random, signal, logger, err } = context;
  await using open = new AsyncDisposableStack();
  const name = namedFeed(config) ?? "tradingview";
  const given = config.interval ?? (name === "recorded" ? undefined : parseInterval("1d"));
  const asked = { ...config, interval: given, speed: undefined };
  const events = logEvents(logger);
  const pass = { clock, random, live: false, once: false, events };
  const plan = await planFeed(name, asked, pass);
  open.adopt(plan.feed, (feed) => feed.close());
  const { interval } = plan.request;
  logger.info(`asking ${plan.feed.source} for ${interval.name} bars that are missing or wrong`);
  const progress = startProgress(err, "symbols");
  const summary = await heal({
    feed: plan.feed,
    kind: plan.kind,
    asked: askedOf(config, interval),
    lake,
    calendar,
    scratchFolder: scratchFolder(),
    writer: processName(),
    clock,
    random,
    signal,
    events,
    onProgress: (done, total) => progress.update(done, total),
  }).finally(() => progress.stop());
  tell(summary, context);
  return { interval, summary };
}

function tell(
  { gaps, healed, waived, unhealed, bars }: HealSummary,
  context: CommandContext,
): void {
  const { logger } = context;
  logger.info(
    `${gaps} holes: ${healed} sessions healed with ${bars} bars, ` +
      `${waived} need none by the feed's word, ${unhealed.length} could not be healed`,
  );
  for (const { symbol, date, reason } of unhealed.slice(0, namedMax)) {
    logger.warn(`${symbol} ${date}: ${reason}`);
  }
  const more = unhealed.length - namedMax;
  if (more > 0) logger.warn(`${more} more could not be healed; --json names all`);
}

async function coverageOf(
  config: QualityConfig,
  of: Place & { readonly scratchFolder: string; readonly clock: CommandContext["clock"] },
  asked: readonly Interval[],
): Promise<readonly SymbolCoverage[]> {
  await using query = await openQuery(of);
  const coverage: SymbolCoverage[] = [];
  for (const interval of asked) {
    coverage.push(...(await readCoverage(query, of.calendar, askedOf(config, interval))));
  }
  return coverage;
}

function askedOf({ symbols, from, to }: QualityConfig, interval: Interval): CoverageAsked {
  return {
    interval,
    symbols,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
}
