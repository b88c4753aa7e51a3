import { Command as CommanderCommand, CommanderError, Option } from "@commander-js/extra-typings";
import { EgxError } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import type { Command, Exit } from "./command.ts";
import type { FlagValues } from "./config/read.ts";
import { factsOf, type SettingName } from "./config/settings.ts";
import {
  afterGroupHelp,
  afterHelp,
  commandList,
  groupSummaries,
  overview,
  settingHelp,
} from "./help.ts";

export interface ProgramOptions {
  readonly commands: readonly Command[];
  /** Runs a command whose flags were understood. */
  readonly run: (command: Command, args: readonly string[], flags: FlagValues) => Promise<Exit>;
  /** Help goes here. */
  readonly write: (text: string) => void;
}

/**
 * Reads the command line and runs what it asks for.
 * @throws E_USAGE that names the nearest valid choice.
 */
export async function runProgram(argv: readonly string[], options: ProgramOptions): Promise<Exit> {
  const [first] = argv;
  if (first === undefined) {
    options.write(overview(options.commands));
    return 0;
  }
  if (argv.length === 1 && ["help", "--help", "-h"].includes(first)) {
    options.write(commandList(options.commands));
    return 0;
  }
  checkNames(argv, options.commands);
  let exit: Exit = 0;
  const program = new CommanderCommand("egx")
    .exitOverride()
    .configureOutput({ writeOut: options.write, outputError: () => undefined })
    .showSuggestionAfterError(true);
  addCommands(program, options, (code) => {
    exit = code;
  });
  try {
    await program.parseAsync([...argv], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw usageError(error, argv, options.commands);
  }
  return exit;
}

function addCommands(
  program: CommanderCommand,
  options: ProgramOptions,
  ended: (exit: Exit) => void,
): void {
  const parents = new Map<string, CommanderCommand>();
  for (const command of options.commands) {
    const [word = command.name, second] = command.name.split(" ");
    let parent = program;
    if (second !== undefined) {
      parent = parents.get(word) ?? groupCommand(program, word, options.commands);
      parents.set(word, parent);
    }
    const leaf = parent.command(second ?? word).description(command.summary);
    for (const { name, meaning } of command.args ?? []) leaf.argument(name, meaning);
    const flags = command.settings
      .filter((name) => factsOf(name).flags.length > 0)
      .map((name) => ({ name, option: optionOf(name) }));
    for (const { option } of flags) leaf.addOption(option);
    leaf.addHelpText("after", afterHelp(command));
    leaf.action(async () => {
      const given = new Map<SettingName, string | true | readonly string[]>();
      for (const { name, option } of flags) {
        const value = leaf.getOptionValue(option.attributeName());
        if (typeof value === "string" || value === true) given.set(name, value);
        else if (Array.isArray(value)) given.set(name, value.map(String));
      }
      ended(await options.run(command, leaf.args, given));
    });
  }
}

function groupCommand(
  program: CommanderCommand,
  word: string,
  commands: readonly Command[],
): CommanderCommand {
  const group = program.command(word).description(groupSummaries[word] ?? word);
  group.addHelpText("after", afterGroupHelp(word, commands));
  group.action(() => {
    throw needsVerb(word, commands);
  });
  return group;
}

function optionOf(name: SettingName): Option {
  const { flags, text } = settingHelp(name);
  const option = new Option(flags, text);
  if (factsOf(name).repeatable !== true) return option;
  const given: string[] = [];
  return option.argParser<string[]>((value) => {
    given.push(value);
    return given;
  });
}

/** Commander cannot name the nearest command for every typo; the table can. */
function checkNames(argv: readonly string[], commands: readonly Command[]): void {
  const [first, second] = argv[0] === "help" ? argv.slice(1) : argv;
  if (first === undefined || first.startsWith("-")) return;
  const names = [...new Set(commands.map(({ name }) => name.split(" ")[0] ?? name))];
  if (!names.includes(first)) throw unknown("command", first, names);
  const verbs = verbsOf(first, commands);
  const known = second === undefined || second.startsWith("-") || verbs.includes(second);
  if (verbs.length > 0 && !known) throw unknown(`${first} command`, second, verbs);
}

/** The second words of a group of commands; none for a command of one word. */
function verbsOf(word: string, commands: readonly Command[]): readonly string[] {
  return commands
    .filter(({ name }) => name.startsWith(`${word} `))
    .map(({ name }) => name.slice(word.length + 1));
}

/** What a group's first word says when it stands alone. */
function needsVerb(word: string, commands: readonly Command[]): EgxError {
  const verbs = verbsOf(word, commands);
  return new EgxError("E_USAGE", `egx ${word} needs one of: ${verbs.join(", ")}`, {
    hint: `See egx ${word} --help.`,
  });
}

function unknown(what: string, given: string, choices: readonly string[]): EgxError {
  const best = nearest(given, choices) ?? "";
  return new EgxError(
    "E_USAGE",
    `unknown ${what} ${JSON.stringify(given)}; did you mean ${best}? Known: ${choices.join(", ")}`,
    { hint: "egx alone lists what there is." },
  );
}

function usageError(
  error: CommanderError,
  argv: readonly string[],
  commands: readonly Command[],
): EgxError {
  const text = error.message
    .replace(/^error: /, "")
    .replace(/\n\(Did you mean (.*)\?\)$/, "; did you mean $1?");
  const [word = "", verb = ""] = argv;
  const command = commands.find(({ name }) => [word, `${word} ${verb}`].includes(name));
  const hint = word.startsWith("-")
    ? "Flags come after the command."
    : `See egx ${command?.name ?? word} --help.`;
  return new EgxError("E_USAGE", text, { hint });
}
