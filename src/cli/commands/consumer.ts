import { runConsumer } from "../../consumer/consumer.ts";
import { defaultBudgetBytes, type ConsumerOptions } from "../../consumer/options.ts";
import { SummaryCounter } from "../../consumer/summary.ts";
import type { CommandRun } from "../command.ts";
import { checkConflicts, lakeAddress, logAddress } from "../config/addresses.ts";
import type { ConsumerConfig } from "../config/schemas.ts";
import { logEvents } from "../output/event-log.ts";
import { writeSummary } from "../output/summary.ts";
import { rounded } from "../producer-summary.ts";
import { stopTimeoutMs, unlessInterrupted } from "../signals.ts";
import { deadLetterTopicOf, ensureTopics, openLake, openLog, processName } from "../wiring.ts";

/** `egx consumer`: log to lake. */
export const consumer: CommandRun<ConsumerConfig> = async (config, context) => {
  const { clock, random, signal, logger, origins } = context;
  checkConflicts(origins);
  await using open = new AsyncDisposableStack();
  const log = open.adopt(await openLog(logAddress(config, origins), context, "create"), (it) =>
    it.close(),
  );
  await ensureTopics(log, config.topic);
  const address = lakeAddress(config, origins);
  const lake = open.adopt(await openLake(address, context, "create"), (it) => it.close());
  logger.info(`storing ${config.topic} of ${log.url} in ${lake.url}`);
  const options: ConsumerOptions = {
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
    events: logEvents(logger),
  };
  const summary = await unlessInterrupted(
    signal,
    async () => runConsumer(options),
    () => new SummaryCounter().summary(0),
  );
  await writeSummary(context.out, config.json, { ...summary, seconds: rounded(summary.seconds) });
  return 0;
};
