import type { Lake } from "../../lake/lake.ts";
import { meteredLake } from "../../lake/metered-lake.ts";
import type { Log } from "../../log/log.ts";
import type { Backend } from "../../serve/backend.ts";
import type { EventSink } from "../../telemetry/events.ts";
import { readCalendar } from "../calendar-source.ts";
import type { CommandContext, CommandRun, Exit } from "../command.ts";
import { lakeOfData, logOfData } from "../config/addresses.ts";
import type { UpConfig } from "../config/schemas.ts";
import { producerMode, seedDefault } from "../feed-plan.ts";
import { attachPipeline, showDashboard, startDashboard } from "../dashboard.ts";
import { startMonitoring, tellAll, type Monitoring } from "../monitoring.ts";
import { logEvents } from "../output/event-log.ts";
import { writeSummary, type Summary } from "../output/summary.ts";
import { rounded, unavailable } from "../producer-summary.ts";
import { backlogOf } from "../up/backlog.ts";
import { lockDataFolder } from "../up/lock.ts";
import { flushIntervalMs, runPipeline, type PipelineSummary } from "../up/pipeline.ts";
import { planSchedule } from "../up/plan-schedule.ts";
import { settleLake } from "../up/settle-lake.ts";
import { PipelineStatus } from "../up/status.ts";
import { checkAsked, shownFolder, undertake, type Undertaking } from "../up/undertaking.ts";
import { showStatus } from "../up/view.ts";
import { defaultTopic, ensureTopics, openLake, openLog } from "../wiring.ts";

const group = "egx-s3-writer";

/** `egx up`: the whole pipeline in one process, on the embedded parts. */
export const up: CommandRun<UpConfig> = async (config, context) => {
  try {
    return await runUp(config, context);
  } catch (error) {
    // An interrupt that came before the pipeline ran: there is nothing to store.
    if (context.signal.aborted && error === context.signal.reason) return 0;
    throw error;
  }
};

const runUp: CommandRun<UpConfig> = async (config, context) => {
  const startedMs = context.clock.monotonicMs();
  checkAsked(config);
  await using open = new AsyncDisposableStack();
  // Before anything that takes its time: the page comes at once.
  const dashboard = config.once ? null : await startDashboard(config, context);
  open.defer(async () => dashboard?.close());
  const undertaking = await undertake(config, context);
  const { plan, folder } = undertaking;
  const heading = [...undertaking.heading, ...(dashboard === null ? [] : [dashboard.told])];
  open.adopt(plan.feed, (feed) => feed.close());
  const unlock = lockDataFolder(folder);
  open.defer(unlock);
  const lake = open.adopt(await openLake(lakeOfData(folder), context, "create"), (it) =>
    it.close(),
  );
  await settleLake(lake, plan.kind, config.seed ?? seedDefault);
  const log = open.adopt(await openLog(logOfData(folder), context, "create"), (it) => it.close());
  const monitoring = await startMonitoring(
    {
      port: config.metricsPort,
      always: dashboard !== null,
      host: config.metricsHost,
      stages: ["producer", "consumer"],
      followed: undertaking.live ? plan.request.interval : null,
      flushIntervalMs,
      calendarPath: config.calendar,
    },
    context,
  );
  open.defer(async () => monitoring?.close());
  await ensureTopics(log, defaultTopic, "create");
  if (config.json) for (const line of heading) context.logger.info(line);
  else if (!context.err.isTerminal) await context.err.write(`${heading.join("\n")}\n`);
  if (dashboard !== null) await showDashboard(dashboard, config, context);
  const waitingBefore = await backlogOf(log, lake, defaultTopic);
  const opened = { ...undertaking, heading, log, lake, monitoring };
  const backend = await attachPipeline(dashboard, config, context, opened);
  const summary = await runShown(config, context, { ...opened, backend });
  // Its readers stop before the last look at the log and the end of both.
  await dashboard?.close();
  const waitingAfter = await backlogOf(log, lake, defaultTopic);
  const seconds = rounded((context.clock.monotonicMs() - startedMs) / 1_000);
  const counts = { ...countsOf(summary, { waitingBefore, waitingAfter }), seconds };
  // Nothing was built by this run, which says nothing of what silver has.
  const notBuilt = summary.silver === null ? ["silverRows", "silverRevisions"] : [];
  await writeSummary(context.out, config.json, counts, [...quietCounts, ...notBuilt]);
  return await ending(config, context, { summary, folder });
};

interface Opened extends Undertaking {
  readonly log: Log;
  readonly lake: Lake;
  readonly monitoring: Monitoring | null;
}

interface Shown extends Opened {
  readonly backend: Backend | null;
}

/** Runs the pipeline and keeps its state in sight. */
async function runShown(
  config: UpConfig,
  context: CommandContext,
  { plan, folder, live, heading, log, lake, monitoring, backend }: Shown,
): Promise<PipelineSummary> {
  const { clock, random, signal, err, logger } = context;
  const status = new PipelineStatus(clock);
  const tell = logEvents({ ...logger, info: logger.debug }, { endless: live && !config.once });
  const onScreen = err.isTerminal && !config.json;
  const shown = new AbortController();
  const view = {
    err,
    logger,
    clock,
    heading,
    status,
    log,
    topic: defaultTopic,
    interrupted: signal,
  };
  const showing = showStatus({ ...view, json: config.json }, shown.signal);
  const news: EventSink = (event) => {
    // On a terminal the screen has the news; lines would break it.
    if (onScreen) return;
    if (event.kind === "notice") logger.info(event.text);
    else tell(event);
  };
  const events = tellAll(status.events, news, monitoring?.monitor.sink, backend?.sink);
  monitoring?.monitor.watchLog(log, defaultTopic, events);
  monitoring?.monitor.watchLake(lake, events);
  monitoring?.monitor.watchFeed(plan.feed);
  try {
    return await runPipeline({
      log,
      lake: monitoring === null ? lake : meteredLake(lake, clock, events),
      topic: defaultTopic,
      group,
      plan,
      calendar: await readCalendar(config.calendar, context),
      mode: producerMode(live, undefined),
      once: config.once,
      publishIntervalMs: config.publishIntervalMs,
      schedule: config.schedule ? await planSchedule(config, context, { plan, folder }) : null,
      status,
      clock,
      random,
      signal,
      events,
    });
  } finally {
    shown.abort();
    await showing;
  }
}

/** What people read only when there is some of it. */
const quietCounts = [
  "unchanged",
  "superseded",
  "unsent",
  "rejected",
  "rejectedPublished",
  "waitingBefore",
  "absent",
  "waitingAfter",
  "symbolsFailed",
  "gaps",
];

interface Waiting {
  readonly waitingBefore: number;
  readonly waitingAfter: number;
}

/**
 * What became of everything: published + rejected published + waiting before is the sum of
 * stored, dead letters, absent and waiting after.
 */
function countsOf(
  { producer, consumers, silver }: PipelineSummary,
  { waitingBefore, waitingAfter }: Waiting,
): Summary {
  const { read, published, unchanged, superseded, unsent } = producer;
  const deadLetters = new Map<string, number>();
  for (const consumer of consumers) {
    for (const [code, n] of consumer.deadLetters) {
      deadLetters.set(code, (deadLetters.get(code) ?? 0) + n);
    }
  }
  const sum = (of: (consumer: PipelineSummary["consumers"][number]) => number): number =>
    consumers.reduce((total, consumer) => total + of(consumer), 0);
  return {
    read,
    published,
    unchanged,
    superseded,
    unsent,
    rejected: producer.rejected,
    rejectedPublished: producer.rejectedPublished,
    waitingBefore,
    stored: sum(({ stored }) => stored),
    deadLetters,
    absent: sum(({ absent }) => absent),
    waitingAfter,
    objects: sum(({ objects }) => objects),
    entries: sum(({ entries }) => entries),
    silverRows: silver?.bars ?? null,
    silverRevisions: silver?.revisions ?? null,
    symbolsFailed: producer.failedSymbols.size,
    gaps: producer.gaps,
  };
}

interface Ended {
  readonly summary: PipelineSummary;
  readonly folder: string;
}

/** Says what to type next, and whether all that was asked for could be had. */
async function ending(
  config: UpConfig,
  context: CommandContext,
  { summary, folder }: Ended,
): Promise<Exit> {
  const { producer } = summary;
  const lacking = unavailable(producer, context);
  if (!config.json) {
    const nothingNew = producer.published + producer.rejectedPublished === 0;
    const note = nothingNew && config.once ? "Nothing new: the log held all of it.\n" : "";
    const data = shownFolder(folder);
    await context.err.write(`${note}Next: egx query --data ${data} "select * from bars limit 5"\n`);
  }
  return lacking && !context.signal.aborted ? 3 : 0;
}
