import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { setPriority } from "node:os";
import { delimiter, join } from "node:path";
import process from "node:process";

/** How a tool that is not ours is had, for the message when it is absent. */
const howToGet: Readonly<Record<string, string>> = {
  java: "a Java runtime of version 17 or newer (Debian: apt-get install openjdk-17-jre-headless)",
  mvn: "Apache Maven (Debian: apt-get install maven)",
  go: "Go 1.26 or newer (https://go.dev/doc/install)",
  python3: "Python 3.11 or newer with venv (Debian: apt-get install python3-venv)",
  unshare: "util-linux (Debian: apt-get install util-linux)",
  openssl: "OpenSSL (Debian: apt-get install openssl)",
};

/** A part cannot be installed or started; the message says what to do. */
export class ServiceError extends Error {
  override readonly name = "ServiceError";
}

/** The path of a tool on PATH, or null. */
export function findTool(name: string): string | null {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder: the next one is tried.
    }
  }
  return null;
}

/** Throws a {@link ServiceError} that says how to get the first of `names` that is absent. */
export function needTools(part: string, names: readonly string[]): void {
  const absent = names.find((name) => findTool(name) === null);
  if (absent === undefined) return;
  throw new ServiceError(
    `${part} needs ${absent}, which is not on PATH: install ${howToGet[absent] ?? absent}`,
  );
}

export interface ToolRun {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs a tool to its end at low priority and gives what it wrote to stdout.
 * @throws ServiceError with the end of its output when it fails.
 */
export async function runTool(run: ToolRun): Promise<string> {
  const child = spawn(run.command, run.args, {
    cwd: run.cwd,
    env: { ...process.env, ...run.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const closed = Promise.withResolvers<number | null>();
  child.once("error", closed.reject);
  child.once("close", closed.resolve);
  let out = "";
  let all = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
    all += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    all += text;
  });
  if (child.pid !== undefined) lowerPriority(child.pid);
  const status = await closed.promise;
  if (status === 0) return out;
  throw new ServiceError(
    `${run.command} ${run.args.join(" ")} ended with ${String(status)}:\n${all.slice(-4000)}`,
  );
}

function lowerPriority(pid: number): void {
  try {
    setPriority(pid, 10);
  } catch {
    // It ended already, or priorities may not be set here: only courtesy is lost.
  }
}
