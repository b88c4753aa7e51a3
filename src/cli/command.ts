import type { Clock } from "../base/clock.ts";
import type { Random } from "../base/random.ts";
import type { Logger } from "../telemetry/logger.ts";
import {
  namesOf,
  readConfig,
  type CommandSchema,
  type Environment,
  type FlagValues,
  type Origin,
} from "./config/read.ts";
import type { SettingName } from "./config/settings.ts";
import type { Channel } from "./output/console.ts";

/** How a command ends when it does not throw: done, damage found, done but
 * for some things, set-up wrong. */
export type Exit = 0 | 1 | 3 | 78;

/** What the process gives to a command, beside its settings. */
export interface CommandContext {
  /** Data, and nothing else. */
  readonly out: Channel;
  /** Everything that is not data. */
  readonly err: Channel;
  readonly logger: Logger;
  /** Aborts at the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly random: Random;
  readonly environment: Environment;
  /** Where each setting came from. */
  readonly origins: ReadonlyMap<SettingName, Origin>;
  /** The command's positional arguments. */
  readonly args: readonly string[];
}

/** A command's work; its module is loaded when it runs. */
export type CommandRun<C> = (config: C, context: CommandContext) => Promise<Exit>;

export type CommandGroup = "Run" | "Load" | "Look" | "Fix";

export interface CommandFacts {
  /** One word, or two for a command of a group: `dlq list`. */
  readonly name: string;
  readonly group: CommandGroup;
  /** One line; no full stop. */
  readonly summary: string;
  /** Positional arguments as commander writes them: `<sql>`, `[name]`. */
  readonly args?: readonly { readonly name: string; readonly meaning: string }[];
  /** Lines that work as they are. */
  readonly examples: readonly [string, ...string[]];
  /** What help says beyond the flags. */
  readonly notes?: string;
  /**
   * What a first interrupt lets it do before it ends, as it is told to people; null when it
   * tells that itself. A command without it ends at once.
   */
  readonly onInterrupt?: string | null;
}

/** A command whose settings' types are folded away, so that all of them fit one table. */
export interface Command extends CommandFacts {
  readonly settings: readonly SettingName[];
  /** Parses the settings, then makes the context of them, then runs. */
  readonly start: (given: Given) => Promise<Exit>;
}

interface Given {
  readonly flags: FlagValues;
  readonly environment: Environment;
  readonly contextFor: (
    config: Everywhere,
    origins: ReadonlyMap<SettingName, Origin>,
  ) => Promise<CommandContext>;
}

/** The settings that every command has. */
export interface Everywhere {
  readonly json: boolean;
  readonly logLevel: "silent" | "error" | "warn" | "info" | "debug";
}

/** Ties a command's facts to its settings and to the module that does its work. */
export function command<C extends Everywhere>(
  facts: CommandFacts,
  schema: CommandSchema<C>,
  load: () => Promise<CommandRun<C>>,
): Command {
  return {
    ...facts,
    settings: namesOf(schema),
    start: async ({ flags, environment, contextFor }) => {
      const { config, origins } = readConfig(schema, flags, environment);
      const context = await contextFor(config, origins);
      const run = await load();
      return run(config, context);
    },
  };
}
