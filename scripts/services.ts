/**
 * The real parts, without containers: `npm run services -- COMMAND [--json] [PART …]`.
 *
 *     install   brings the parts into the cache folder (EGX_CACHE, else ~/.cache/egx-pipeline)
 *     start     starts them on free ports of 127.0.0.1 and prints what to export
 *     stop      stops what `start` started, and removes its data
 *     status    says what is installed and what runs, and exits 1 when a PART does not run
 *
 * Without PART, `install` means all, `start` means kafka and minio, the others all that run.
 */
import { rm } from "node:fs/promises";
import process from "node:process";
import { parts, type Part } from "./services/parts.ts";
import {
  remember,
  runningFolder,
  runningParts,
  stopPart,
  type RunningPart,
} from "./services/running.ts";
import { ServiceError } from "./services/tools.ts";

const usage =
  "usage: npm run services -- install|start|stop|status [--json] [PART …]\n" +
  parts.map((part) => `  ${part.name.padEnd(10)} ${part.about} (${part.version})\n`).join("");

const json = process.argv.includes("--json");
const [command, ...names] = process.argv.slice(2).filter((argument) => argument !== "--json");
try {
  process.exitCode = await main(command ?? "", names);
} catch (error) {
  if (!(error instanceof ServiceError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

async function main(verb: string, wanted: readonly string[]): Promise<number> {
  const unknown = wanted.find((name) => !parts.some((part) => part.name === name));
  if (unknown !== undefined || !["install", "start", "stop", "status"].includes(verb)) {
    if (unknown !== undefined) console.error(`there is no part ${unknown}`);
    process.stderr.write(usage);
    return 64;
  }
  const chosen = (otherwise: (part: Part) => boolean): readonly Part[] =>
    parts.filter((part) => (wanted.length === 0 ? otherwise(part) : wanted.includes(part.name)));
  if (verb === "install") return install(chosen(() => true));
  if (verb === "start") return start(chosen(({ name }) => name === "kafka" || name === "minio"));
  if (verb === "stop") return stop(chosen(() => true));
  return status(wanted);
}

async function install(chosen: readonly Part[]): Promise<number> {
  for (const part of chosen) {
    const began = performance.now();
    const outcome = await part.install();
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    print({ part: part.name, version: part.version, outcome }, [
      `${part.name} ${part.version}: ${outcome} (${seconds} s)`,
    ]);
  }
  return 0;
}

async function start(chosen: readonly Part[]): Promise<number> {
  const running = runningParts();
  for (const part of chosen) {
    const before = running.find((each) => each.name === part.name);
    if (before !== undefined) {
      report(before, "runs already");
    } else if (part.start === null) {
      throw new ServiceError(`${part.name} is no server: there is nothing to start`);
    } else {
      await part.install();
      // What a crash left behind would be taken for the new server's data.
      await stopPart(part.name);
      await rm(runningFolder(part.name), { recursive: true, force: true });
      report(await remember(part.name, await part.start(runningFolder(part.name))), "started");
    }
  }
  return 0;
}

async function stop(chosen: readonly Part[]): Promise<number> {
  for (const part of chosen) {
    const stopped = await stopPart(part.name);
    if (stopped) print({ part: part.name, outcome: "stopped" }, [`${part.name}: stopped`]);
  }
  return 0;
}

function status(wanted: readonly string[]): number {
  const running = runningParts();
  for (const part of parts) {
    if (wanted.length > 0 && !wanted.includes(part.name)) continue;
    const found = running.find((each) => each.name === part.name);
    if (found !== undefined) report(found, "runs");
    else {
      const outcome = part.installed() ? "installed" : "not installed";
      print({ part: part.name, version: part.version, outcome }, [
        `${part.name} ${part.version}: ${outcome}`,
      ]);
    }
  }
  return wanted.every((name) => running.some((part) => part.name === name)) ? 0 : 1;
}

function report(part: RunningPart, outcome: string): void {
  const { name, addresses, environment, folder } = part;
  print({ part: name, outcome, addresses, environment, folder }, [
    `${name}: ${outcome}; data and log in ${folder}`,
    ...Object.entries(addresses).map(([what, address]) => `  ${what}: ${address}`),
    ...Object.entries(environment).map(([key, value]) => `  export ${key}=${value}`),
  ]);
}

/** One JSON object a line, or lines for people. */
function print(document: object, lines: readonly string[]): void {
  console.log(json ? JSON.stringify(document) : lines.join("\n"));
}
