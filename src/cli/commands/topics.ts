import { EgxError } from "../../base/errors.ts";
import type { Log, PartitionOffsets, TopicInfo } from "../../log/log.ts";
import type { CommandContext, CommandRun } from "../command.ts";
import { checkConflicts, logAddress } from "../config/addresses.ts";
import type { TopicsConfig, TopicsCreateConfig } from "../config/schemas.ts";
import { parseTopic } from "../config/values.ts";
import { writeRows } from "../output/rows.ts";
import { count } from "../output/summary.ts";
import { defaultTopic, defaultTopics, openLog, type OpenMode } from "../wiring.ts";

/** `egx topics list`. */
export const listTopics: CommandRun<TopicsConfig> = async (config, context) =>
  withLog(config, context, async (log) => {
    const topics = await log.listTopics();
    await writeRows(context.out, config.json, {
      head: ["topic", "partitions", "retention", "id"],
      rows: topics.map((topic) => [
        topic.name,
        topic.partitions,
        retention(topic.retentionMs),
        topic.id,
      ]),
      json: topics.map((topic) => topicJson(topic)),
    });
  });

/** `egx topics describe`. */
export const describeTopic: CommandRun<TopicsConfig> = async (config, context) =>
  withLog(config, context, async (log) => {
    const name = context.args[0] ?? defaultTopic;
    const topic = await log.describeTopic(name);
    if (topic === null) {
      throw new EgxError("E_LOG_TOPIC_UNKNOWN", `there is no topic ${name} at ${log.url}`);
    }
    const offsets = await log.offsets(name);
    await writeRows(context.out, config.json, {
      head: ["topic", "partition", "start", "end", "records"],
      rows: offsets.map(({ partition, start, end }) => [name, partition, start, end, end - start]),
      json: { ...topicJson(topic), offsets },
    });
    if (!config.json) await context.err.write(described(topic, offsets));
  });

/** `egx topics create`: the one that is named, or both default ones. */
export const createTopic: CommandRun<TopicsCreateConfig> = async (config, context) =>
  withLog(
    config,
    context,
    async (log) => {
      const [name] = context.args;
      const { partitions, retentionMs } = config;
      const specs =
        name === undefined
          ? defaultTopics(defaultTopic)
          : [{ name: parseTopic(name), partitions, retentionMs, retentionBytes: null }];
      const results: { topic: string; result: "created" | "exists" }[] = [];
      for (const spec of specs) {
        results.push({ topic: spec.name, result: await log.createTopic(spec) });
      }
      await writeRows(context.out, config.json, {
        head: ["topic", "result"],
        rows: results.map(({ topic, result }) => [topic, result]),
        json: results,
      });
    },
    "create",
  );

async function withLog(
  config: TopicsConfig,
  context: CommandContext,
  work: (log: Log) => Promise<void>,
  mode: OpenMode = "read",
): Promise<0> {
  checkConflicts(context.origins);
  await using open = new AsyncDisposableStack();
  const address = logAddress(config, context.origins);
  await work(open.adopt(await openLog(address, context, mode), (log) => log.close()));
  return 0;
}

function topicJson({ name, id, partitions, retentionMs, retentionBytes, compacted }: TopicInfo): {
  readonly [fact: string]: unknown;
} {
  const retentionSeconds = retentionMs === null ? null : retentionMs / 1_000;
  return { name, id, partitions, retentionSeconds, retentionBytes, compacted };
}

function described(topic: TopicInfo, offsets: readonly PartitionOffsets[]): string {
  const records = offsets.reduce((sum, { start, end }) => sum + end - start, 0);
  return `${count(records)} records; kept ${retention(topic.retentionMs)}; id ${topic.id}\n`;
}

function retention(retentionMs: number | null): string {
  if (retentionMs === null) return "for ever";
  const days = retentionMs / 86_400_000;
  return days >= 1 ? `${count(days)} days` : `${count(retentionMs / 1_000)} s`;
}
