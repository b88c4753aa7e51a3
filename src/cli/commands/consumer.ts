import { runConsumer } from "../../consumer/consumer.ts";
import { defaultBudgetBytes, type ConsumerOptions } from "../../consumer/options.ts";
import { patientlyAtStart } from "../../consumer/patience.ts";
import { meteredLake } from "../../lake/metered-lake.ts";
import type { CommandContext, CommandRun, Exit } from "../command.ts";
import { checkConflicts, lakeAddress, logAddress } from "../config/addresses.ts";
import type { ConsumerConfig } from "../config/schemas.ts";
import { startMonitoring, tellAll } from "../monitoring.ts";
import { logEvents } from "../output/event-log.ts";
import { writeSummary } from "../output/summary.ts";
import { rounded } from "../producer-summary.ts";
import { stopTimeoutMs, unlessInterrupted } from "../signals.ts";
import { deadLetterTopicOf, ensureTopics, openLake, openLog, processName } from "../wiring.ts";

/** `egx consumer`: log to lake. */
export const consumer: CommandRun<ConsumerConfig> = (config, context) =>
  unlessInterrupted<Exit>(
    context.signal,
    () => consume(config, context),
    () => 0,
  );

const consume: CommandRun<ConsumerConfig> = async (config, context) => {
  const { clock, random, signal, logger, origins } = context;
  checkConflicts(origins);
  await using open = new AsyncDisposableStack();
  const monitoring = await startMonitoring(
    {
      port: config.metricsPort,
      always: false,
      host: config.metricsHost,
      stages: ["consumer"],
      followed: null,
      flushIntervalMs: config.flushIntervalMs,
      calendarPath: config.calendar,
    },
    context,
  );
  open.defer(async () => monitoring?.close());
  const events = tellAll(logEvents(logger), monitoring?.monitor.sink);
  const start = <T>(operation: string, run: () => Promise<T>): Promise<T> =>
    patientlyAtStart({ clock, random, events }, signal, operation, run);
  const logAt = logAddress(config, origins);
  const lakeAt = lakeAddress(config, origins);
  const log = open.adopt(
    await start("open the log", () => openLog(logAt, context, "create")),
    (it) => it.close(),
  );
  // A cluster is shared: a topic that is not there may be a slip of the keyboard.
  const mode = logAt.kind === "kafka" ? "read" : "create";
  await start("find the topics", () => ensureTopics(log, config.topic, mode));
  const opened = open.adopt(
    await start("open the lake", () => openLake(lakeAt, context, "create")),
    (it) => it.close(),
  );
  const lake = monitoring === null ? opened : meteredLake(opened, clock, events);
  monitoring?.monitor.watchLog(log, config.topic, events);
  monitoring?.monitor.watchLake(lake, events);
  open.defer(async () => monitoring?.close());
  const everySeconds = config.flushIntervalMs / 1_000;
  const when = config.once ? "" : `, at the latest every ${everySeconds} s (--flush-interval)`;
  logger.info(`storing ${config.topic} of ${log.url} in ${lake.url}${when}`);
  const options = optionsOf(config, context, { log, lake, events });
  const summary = await runConsumer(options);
  await writeSummary(context.out, config.json, { ...summary, seconds: rounded(summary.seconds) });
  return 0;
};

function optionsOf(
  config: ConsumerConfig,
  { clock, random, signal }: CommandContext,
  { log, lake, events }: Pick<ConsumerOptions, "log" | "lake" | "events">,
): ConsumerOptions {
  return {
    log,
    lake,
    topic: config.topic,
    deadLetterTopic: deadLetterTopicOf(config.topic),
    group: config.consumerGroup,
    writer: processName(),
    prefix: config.prefix,
    compression: config.compress,
    flush: {
      records: config.flushRecords,
      bytes: config.flushBytes,
      objects: config.flushObjects,
      intervalMs: config.flushIntervalMs,
    },
    budgetBytes: defaultBudgetBytes,
    acceptedLosses: config.acceptLoss,
    once: config.once,
    clock,
    random,
    signal,
    stopTimeoutMs,
    events,
  };
}
