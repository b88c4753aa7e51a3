import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { cacheFolder } from "./cache.ts";
import type { StartedPart } from "./parts.ts";

/** A part that `services start` started, as the state file remembers it. */
export interface RunningPart {
  readonly name: string;
  readonly folder: string;
  readonly processes: readonly ProcessMark[];
  readonly addresses: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
}

/** A process id and when it began, so that a later process of the same id is not taken for it. */
interface ProcessMark {
  readonly pid: number;
  readonly began: string;
}

/** Where a started part keeps its data and its log until it is stopped. */
export function runningFolder(name: string): string {
  return join(cacheFolder(), "run", name);
}

/** The parts whose processes all still run. */
export function runningParts(): readonly RunningPart[] {
  return rememberedParts().filter((part) => part.processes.every(isThere));
}

/** Remembers a part that was started. */
export async function remember(name: string, started: StartedPart): Promise<RunningPart> {
  const part: RunningPart = {
    name,
    folder: runningFolder(name),
    processes: started.pids.map((pid) => ({ pid, began: beganOf(pid) })),
    addresses: started.addresses,
    environment: started.environment,
  };
  await write([...rememberedParts().filter((other) => other.name !== name), part]);
  return part;
}

/** Ends the part's processes, forgets it and removes its data; false when it was not started. */
export async function stopPart(name: string): Promise<boolean> {
  const part = rememberedParts().find((each) => each.name === name);
  if (part === undefined) return false;
  const deadline = performance.now() + 10_000;
  const left = (): readonly ProcessMark[] => part.processes.filter(isThere);
  for (const { pid } of left()) process.kill(pid, "SIGTERM");
  while (left().length > 0 && performance.now() < deadline) await sleep(50);
  for (const { pid } of left()) process.kill(pid, "SIGKILL");
  await write(rememberedParts().filter((other) => other.name !== name));
  await rm(part.folder, { recursive: true, force: true });
  return true;
}

function isThere(mark: ProcessMark): boolean {
  return mark.began !== "" && beganOf(mark.pid) === mark.began;
}

/** When a process began, in the host's words; empty when there is none. */
function beganOf(pid: number): string {
  try {
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim();
  } catch {
    return "";
  }
}

function stateFile(): string {
  return join(cacheFolder(), "run", "services.json");
}

async function write(all: readonly RunningPart[]): Promise<void> {
  const path = stateFile();
  await mkdir(join(cacheFolder(), "run"), { recursive: true });
  await writeFile(`${path}.new`, `${JSON.stringify(all, null, 2)}\n`);
  await rename(`${path}.new`, path);
}

function rememberedParts(): readonly RunningPart[] {
  const path = stateFile();
  if (!existsSync(path)) return [];
  const all: unknown = JSON.parse(readFileSync(path, "utf8"));
  return Array.isArray(all) ? all.filter(isRunningPart) : [];
}

/** The file is written by this module alone; one of an older form is taken for empty. */
function isRunningPart(value: unknown): value is RunningPart {
  if (typeof value !== "object" || value === null) return false;
  return (
    "name" in value &&
    typeof value.name === "string" &&
    "folder" in value &&
    typeof value.folder === "string" &&
    "processes" in value &&
    Array.isArray(value.processes) &&
    "addresses" in value &&
    "environment" in value
  );
}
