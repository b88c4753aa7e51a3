import { EgxError } from "../../base/errors.ts";
import { patientlyAtStart } from "../../consumer/patience.ts";
import { runProducer } from "../../producer/producer.ts";
import type { CommandRun, Exit } from "../command.ts";
import { checkConflicts, logAddress } from "../config/addresses.ts";
import type { ProducerConfig } from "../config/schemas.ts";
import { namedFeed, newestBarsDefault, planFeed, producerMode } from "../feed-plan.ts";
import { startMonitoring, tellAll } from "../monitoring.ts";
import { logEvents } from "../output/event-log.ts";
import { writeSummary } from "../output/summary.ts";
import { producerCounts, unavailable } from "../producer-summary.ts";
import { stopTimeoutMs, unlessInterrupted } from "../signals.ts";
import { ensureTopics, openLog } from "../wiring.ts";

/** `egx producer`: feed to log. */
export const producer: CommandRun<ProducerConfig> = (config, context) =>
  unlessInterrupted<Exit>(
    context.signal,
    () => produce(config, context),
    () => 0,
  );

const produce: CommandRun<ProducerConfig> = async (config, context) => {
  const { clock, random, signal, logger, origins } = context;
  checkConflicts(origins);
  const name = namedFeed(config) ?? "tradingview";
  const live = isLive(config);
  const endless = live || config.pollMs !== undefined;
  await using open = new AsyncDisposableStack();
  const pass = { clock, random, live, once: config.once, newestBars: newestBarsDefault };
  const plan = await planFeed(name, config, pass);
  open.adopt(plan.feed, (feed) => feed.close());
  const address = logAddress(config, origins);
  const monitoring = await startMonitoring(
    {
      port: config.metricsPort,
      always: false,
      host: config.metricsHost,
      stages: ["producer"],
      followed: live ? plan.request.interval : null,
      flushIntervalMs: 0,
      calendarPath: config.calendar,
    },
    context,
  );
  open.defer(async () => monitoring?.close());
  monitoring?.monitor.watchFeed(plan.feed);
  const events = tellAll(logEvents(logger, { endless }), monitoring?.monitor.sink);
  const start = <T>(operation: string, run: () => Promise<T>): Promise<T> =>
    patientlyAtStart({ clock, random, events }, signal, operation, run);
  const log = open.adopt(
    await start("open the log", () => openLog(address, context, "create")),
    (it) => it.close(),
  );
  await start("make the topics", () => ensureTopics(log, config.topic, "create"));
  logger.info(`publishing ${plan.feed.source} to ${config.topic} of ${log.url}`);
  const summary = await runProducer({
    feed: plan.feed,
    mode: producerMode(live, config.once ? undefined : config.pollMs),
    request: plan.request,
    log,
    topic: config.topic,
    publishIntervalMs: config.publishIntervalMs,
    clock,
    random,
    signal,
    stopTimeoutMs,
    events,
  });
  await writeSummary(context.out, config.json, producerCounts(summary));
  return unavailable(summary, context) && !signal.aborted ? 3 : 0;
};

/** A replay at a speed is followed as a live feed is. */
function isLive(config: ProducerConfig): boolean {
  const { live, once, pollMs, speed } = config;
  if (live && pollMs !== undefined) {
    throw new EgxError("E_USAGE", "--live and --poll-interval exclude each other");
  }
  if (once && (live || pollMs !== undefined)) {
    throw new EgxError(
      "E_USAGE",
      `--once and ${live ? "--live" : "--poll-interval"} exclude each other`,
    );
  }
  return live || speed !== undefined;
}
