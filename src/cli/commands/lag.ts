import { EgxError } from "../../base/errors.ts";
import type { Log } from "../../log/log.ts";
import { publishedMs } from "../../log/published-at.ts";
import type { CommandRun } from "../command.ts";
import { checkConflicts, logAddress } from "../config/addresses.ts";
import type { LagConfig } from "../config/schemas.ts";
import { writeRows } from "../output/rows.ts";
import { count } from "../output/summary.ts";
import { openLog } from "../wiring.ts";

interface PartitionLag {
  readonly partition: number;
  readonly start: number;
  readonly end: number;
  /** Null while the group has committed nothing here. */
  readonly committed: number | null;
  readonly lagRecords: number;
  /** Age of the oldest record that is not stored; 0 when there is none. */
  readonly lagSeconds: number;
}

/** `egx lag`: the group's distance from the log's end, partition by partition. */
export const lag: CommandRun<LagConfig> = async (config, context) => {
  const { origins, clock } = context;
  checkConflicts(origins);
  await using open = new AsyncDisposableStack();
  const log = open.adopt(await openLog(logAddress(config, origins), context, "read"), (it) =>
    it.close(),
  );
  const { topic, consumerGroup } = config;
  const lags = await partitionLags(log, { topic, group: consumerGroup, nowMs: clock.nowMs() });
  const totalRecords = lags.reduce((sum, { lagRecords }) => sum + lagRecords, 0);
  const maxSeconds = Math.max(0, ...lags.map(({ lagSeconds }) => lagSeconds));
  await writeRows(context.out, config.json, {
    head: ["topic", "partition", "committed", "end", "lag records", "lag seconds"],
    rows: lags.map(({ partition, committed, end, lagRecords, lagSeconds }) => [
      topic,
      partition,
      committed,
      end,
      lagRecords,
      lagSeconds,
    ]),
    json: {
      topic,
      consumerGroup,
      lagRecords: totalRecords,
      lagSeconds: maxSeconds,
      partitions: lags,
    },
  });
  if (!config.json) {
    const behind = `${count(totalRecords)} records, ${count(maxSeconds)} s behind`;
    await context.err.write(`${consumerGroup}: ${behind}\n`);
  }
  return 0;
};

interface LagRequest {
  readonly topic: string;
  readonly group: string;
  readonly nowMs: number;
}

async function partitionLags(log: Log, request: LagRequest): Promise<readonly PartitionLag[]> {
  const { topic, group, nowMs } = request;
  const info = await log.describeTopic(topic);
  if (info === null) {
    throw new EgxError("E_LOG_TOPIC_UNKNOWN", `there is no topic ${topic} at ${log.url}`);
  }
  const commits = await log.committed(group, topic);
  const committedOf = new Map(commits.map(({ partition, offset }) => [partition, offset]));
  const lags: PartitionLag[] = [];
  for (const { partition, start, end } of await log.offsets(topic)) {
    const committed = committedOf.get(partition) ?? null;
    // What retention has deleted can no longer be read, so it is no lag but a loss.
    const next = Math.min(Math.max(committed ?? start, start), end);
    const lagRecords = end - next;
    const oldestMs = await publishedMs(
      log,
      { topic, topicId: info.id, partition, offset: next },
      end,
    );
    const lagSeconds = oldestMs === null ? 0 : Math.max(0, Math.round((nowMs - oldestMs) / 1_000));
    lags.push({ partition, start, end, committed, lagRecords, lagSeconds });
  }
  return lags;
}
