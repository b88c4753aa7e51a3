import { command, type Command } from "./command.ts";
import { schemas } from "./config/schemas.ts";

/** Every command of this release, in the order of help and docs. */
export const commands: readonly Command[] = [
  command(
    {
      name: "consumer",
      group: "Run",
      summary: "Log to lake: store every record exactly once",
      examples: [
        "egx consumer",
        "egx consumer --once --flush-interval 30 --compress zstd",
        "egx consumer --once --accept-loss egx_market_data/3:120-180",
      ],
      drains: true,
    },
    schemas.consumer,
    async () => (await import("./commands/consumer.ts")).consumer,
  ),
  command(
    {
      name: "lag",
      group: "Look",
      summary: "How far the lake is behind the log, in records and seconds",
      examples: [
        "egx lag",
        "egx lag --data ./data/demo",
        "egx lag --consumer-group my-group --json",
      ],
    },
    schemas.lag,
    async () => (await import("./commands/lag.ts")).lag,
  ),
  command(
    {
      name: "topics list",
      group: "Look",
      summary: "The log's topics",
      examples: ["egx topics list", "egx topics list --json"],
    },
    schemas.topics,
    async () => (await import("./commands/topics.ts")).listTopics,
  ),
  command(
    {
      name: "topics describe",
      group: "Look",
      summary: "A topic's settings and offsets",
      args: [{ name: "[name]", meaning: "the topic; egx_market_data when not given" }],
      examples: ["egx topics describe", "egx topics describe egx_market_data.dlq --json"],
    },
    schemas.topics,
    async () => (await import("./commands/topics.ts")).describeTopic,
  ),
  command(
    {
      name: "topics create",
      group: "Load",
      summary: "Create a topic, or both default ones",
      args: [{ name: "[name]", meaning: "the topic; both default ones when not given" }],
      examples: [
        "egx topics create",
        "egx topics create my_topic --partitions 12 --retention 86400",
      ],
    },
    schemas.topicsCreate,
    async () => (await import("./commands/topics.ts")).createTopic,
  ),
  command(
    {
      name: "dlq list",
      group: "Fix",
      summary: "Dead letters that are still open",
      examples: ["egx dlq list", "egx dlq list --data ./data/demo --json"],
    },
    schemas.dlq,
    async () => (await import("./commands/dlq.ts")).listDeadLetters,
  ),
  command(
    {
      name: "dlq show",
      group: "Fix",
      summary: "One dead letter: why, and the message as it came",
      args: [{ name: "<position>", meaning: "PARTITION:OFFSET as `egx dlq list` shows it" }],
      examples: ["egx dlq show 3:1042", "egx dlq show 3:1042 --json"],
    },
    schemas.dlq,
    async () => (await import("./commands/dlq.ts")).showDeadLetter,
  ),
  command(
    {
      name: "doctor",
      group: "Fix",
      summary: "Check each configured part and say how to mend it",
      examples: ["egx doctor", "egx doctor --data ./data --json"],
      notes: "Changes nothing but a probe of its own, which it removes where it can.",
    },
    schemas.doctor,
    async () => (await import("./commands/doctor.ts")).doctor,
  ),
];
