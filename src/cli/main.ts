#!/usr/bin/env node
import process from "node:process";
import { systemClock } from "../base/clock.ts";
import { toEgxError } from "../base/errors.ts";
import { systemRandom } from "../base/random.ts";
import type { Command, CommandContext, Everywhere, Exit } from "./command.ts";
import type { FlagValues, Origin } from "./config/read.ts";
import type { SettingName } from "./config/settings.ts";
import { channelOf, exitQuietlyOnClosedPipe } from "./output/console.ts";
import { errorJson, errorText } from "./output/errors.ts";
import { watchInterrupts, type Interrupts } from "./signals.ts";
import { packageVersion } from "./version.ts";

const out = channelOf(process.stdout);
const err = channelOf(process.stderr);
const argv = process.argv.slice(2);

/** How an error is shown; known for sure only once the settings have been read. */
const reporting = { json: argv.includes("--json"), stack: false };

async function main(): Promise<number> {
  if (argv.length === 1 && ["--version", "-V", "-v", "version"].includes(argv[0] ?? "")) {
    await out.write(`${packageVersion()}\n`);
    return 0;
  }
  const [{ runProgram }, { commands }] = await Promise.all([
    import("./program.ts"),
    import("./commands.ts"),
  ]);
  return runProgram(argv, { commands, run, write: (text) => process.stdout.write(text) });
}

async function run(command: Command, args: readonly string[], flags: FlagValues): Promise<Exit> {
  const { onInterrupt } = command;
  const tell = (): void => {
    if (typeof onInterrupt !== "string") return;
    process.stderr.write(`${onInterrupt} (Ctrl-C again ends at once)\n`);
  };
  const interrupts = watchInterrupts(onInterrupt === undefined ? null : tell);
  try {
    return await command.start({
      flags,
      environment: process.env,
      contextFor: (config, origins) => contextFor(config, { origins, args, interrupts }),
    });
  } finally {
    interrupts.dispose();
  }
}

interface ContextParts {
  readonly origins: ReadonlyMap<SettingName, Origin>;
  readonly args: readonly string[];
  readonly interrupts: Interrupts;
}

async function contextFor(config: Everywhere, parts: ContextParts): Promise<CommandContext> {
  reporting.json = config.json;
  reporting.stack = config.logLevel === "debug";
  const [{ createLogger }, { prettyLine }] = await Promise.all([
    import("../telemetry/logger.ts"),
    import("./output/log-line.ts"),
  ]);
  const forPeople = err.isTerminal && !config.json;
  return {
    out,
    err,
    logger: createLogger({
      level: config.logLevel,
      clock: systemClock,
      write: (line) => process.stderr.write(line),
      ...(forPeople ? { pretty: (line) => prettyLine(line, err) } : {}),
    }),
    signal: parts.interrupts.signal,
    clock: systemClock,
    random: systemRandom,
    environment: process.env,
    origins: parts.origins,
    args: parts.args,
  };
}

exitQuietlyOnClosedPipe();
let exitCode: number;
try {
  exitCode = await main();
} catch (error) {
  exitCode = toEgxError(error).exitCode;
  await err.write(reporting.json ? errorJson(error) : errorText(error, err, reporting.stack));
}
process.exit(exitCode);
