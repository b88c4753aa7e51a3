import type { Command, CommandGroup } from "./command.ts";
import { factsOf, type SettingName } from "./config/settings.ts";

const groups: readonly CommandGroup[] = ["Run", "Load", "Look", "Fix"];

const purpose = "egx: Egyptian Exchange bars, from the feed to a lake that anyone can query";
const firstCommands = [
  "Start:  egx up",
  'Ask:    egx query --data ./data/demo "select * from bars limit 5"',
  "Prove:  egx verify --data ./data/demo",
];
const widthMax = 80;

/** What bare `egx` says: the commands by name alone, in at most 24 lines. */
export function overview(commands: readonly Command[]): string {
  const tops = topLevel(commands);
  const lines = groups.flatMap((group) => {
    const names = tops.filter((top) => top.group === group).map(({ name }) => name);
    return wrapped(names.join(", "), widthMax - 6).map(
      (line, index) => `${(index === 0 ? group : "").padEnd(5)} ${line}`,
    );
  });
  const more = "What each does: egx help. How: egx COMMAND --help, with examples.";
  return `${[purpose, "", ...firstCommands, "", ...lines, "", more].join("\n")}\n`;
}

/** What `egx help` says: a line a command. */
export function commandList(commands: readonly Command[]): string {
  const lines = [purpose, ""];
  const tops = topLevel(commands);
  const width = Math.max(...tops.map(({ name }) => name.length));
  for (const group of groups) {
    for (const [index, top] of tops.filter((entry) => entry.group === group).entries()) {
      const heading = index === 0 ? group : "";
      lines.push(`${heading.padEnd(5)} ${top.name.padEnd(width)}  ${top.summary}`);
    }
  }
  const more = "Each command: --help with examples, --json, --log-level. Settings: docs/cli.md";
  return `${[...lines, "", ...firstCommands, "", more].join("\n")}\n`;
}

/** Text cut at spaces into lines of at most `width`. */
function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

/** The flag with its argument and its meaning, as help lists it. */
export function settingHelp(name: SettingName): { readonly flags: string; readonly text: string } {
  const { flags, argument, env, fallback, fallbackNote, unit, meaning } = factsOf(name);
  // Commander takes the last of two long flags as the leading one.
  const names = [...flags].toReversed().join(", ");
  const shownDefault = fallbackNote ?? (argument === null ? null : fallback);
  const facts = [
    unit === undefined ? null : unit,
    shownDefault === null ? null : `default: ${shownDefault}`,
    env,
  ].filter((fact) => fact !== null);
  return {
    flags: argument === null ? names : `${names} <${argument}>`,
    text: facts.length === 0 ? meaning : `${meaning} (${facts.join("; ")})`,
  };
}

/** What follows the flags in a command's help. */
export function afterHelp(command: Command): string {
  const examples = command.examples.map((example) => `  $ ${example}`).join("\n");
  const notes = command.notes === undefined ? "" : `\n${command.notes}\n`;
  const variables = command.settings
    .map((name) => factsOf(name))
    .filter(({ flags }) => flags.length === 0)
    .map(({ env }) => `  ${env ?? ""}\n`);
  const environment =
    variables.length === 0 ? "" : `\nFrom the environment alone:\n${variables.join("")}`;
  return `${environment}${notes}\nExamples:\n${examples}\n`;
}

/** What follows the commands in the help of a group: the first example of each. */
export function afterGroupHelp(word: string, commands: readonly Command[]): string {
  const members = commands.filter(({ name }) => name.startsWith(`${word} `));
  const examples = members.map(({ examples: [first] }) => `  $ ${first}\n`);
  return `\nEach has --help with all of its flags, --json and --log-level.\n\nExamples:\n${examples.join("")}`;
}

interface TopLevel {
  readonly name: string;
  readonly group: CommandGroup;
  readonly summary: string;
}

/** Commands of one word; those of two are folded into one line of their group. */
function topLevel(commands: readonly Command[]): readonly TopLevel[] {
  const tops = new Map<string, TopLevel>();
  for (const { name, group, summary } of commands) {
    const [word = name, second] = name.split(" ");
    const known = tops.get(word);
    if (second === undefined || known === undefined) {
      const entry = second === undefined ? { name, group, summary } : groupEntry(word, commands);
      tops.set(word, entry);
    }
  }
  return [...tops.values()];
}

function groupEntry(word: string, commands: readonly Command[]): TopLevel {
  const members = commands.filter(({ name }) => name.startsWith(`${word} `));
  const [first] = members;
  const verbs = members.map(({ name }) => name.slice(word.length + 1));
  return {
    name: `${word} ${verbs.join("|")}`,
    group: first?.group ?? "Look",
    summary: groupSummaries[word] ?? word,
  };
}

/** What a group of commands is about. */
export const groupSummaries: Readonly<Record<string, string>> = {
  topics: "The log's topics",
  import: "Other people's bars from a file to batch/",
  dlq: "Dead letters: what could not be stored as a bar",
};
