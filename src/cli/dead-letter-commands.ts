import { command, type Command } from "./command.ts";
import { schemas } from "./config/schemas.ts";

/** The commands about dead letters: to see them, and to bring each to an end. */
export const deadLetterCommands: readonly Command[] = [
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
      name: "dlq replay",
      group: "Fix",
      summary: "Publish dead letters again, each as it came, and close them",
      args: [
        { name: "[position]", meaning: "PARTITION:OFFSET of one; all open ones when not given" },
      ],
      examples: [
        "egx dlq replay --dry-run",
        "egx dlq replay --code E_BAR_SYMBOL --since 2025-11-24",
        "egx dlq replay 3:1042",
      ],
      notes:
        "A message that fails again becomes a new dead letter that knows how often it was replayed;\n" +
        "after --max-attempts it is left alone (exit code 3) and waits for `egx dlq waive`.",
      onInterrupt: "stopping: finishing the letter at hand",
    },
    schemas.replay,
    async () => (await import("./commands/dlq-end.ts")).replayLetters,
  ),
  command(
    {
      name: "dlq waive",
      group: "Fix",
      summary: "Close dead letters that nobody will replay, with a reason",
      args: [
        { name: "[position]", meaning: "PARTITION:OFFSET of one, as `egx dlq list` shows it" },
      ],
      examples: [
        'egx dlq waive 3:1042 --reason "a test message"',
        'egx dlq waive --code E_MESSAGE_JSON --until 2025-11-24 --reason "the old producer\'s bug"',
      ],
      notes: "Nothing is deleted: the letter, its end and the reason stay in the lake.",
      onInterrupt: "stopping: finishing the letter at hand",
    },
    schemas.waive,
    async () => (await import("./commands/dlq-end.ts")).waiveLetters,
  ),
];
