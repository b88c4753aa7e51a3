import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync, readFileSync, statSync } from "node:fs";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { findTool, ServiceError } from "./tools.ts";

/** How one server process is run. */
export interface ServerSpec {
  /** For messages: `kafka broker 2`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Gets stdout and stderr, appended. */
  readonly logFile: string;
  /** Whether the server answers; asked again and again until it does. */
  readonly ready: (logOfThisRun: string) => boolean | Promise<boolean>;
  readonly readyWithinMs?: number;
  /** Outlives this process (`services start`); otherwise it dies with it. */
  readonly detached?: boolean;
}

/** A server process that this process started. */
export interface Server {
  readonly name: string;
  readonly logFile: string;
  /** The process id while it runs, else null. */
  pid(): number | null;
  /** Asks it to end, insists after ten seconds, and waits until it is gone. */
  stop(): Promise<void>;
  /** Ends it without warning and waits until it is gone. */
  kill9(): Promise<void>;
  /** Freezes it as it is (SIGSTOP) until {@link Server.resume}. */
  pause(): void;
  resume(): void;
  /** Runs it again with the same command, ports and folders; it must not be running. */
  startAgain(): Promise<void>;
}

/** A port was taken between choosing it and listening on it: begin again with others. */
export class PortTakenError extends ServiceError {}

/** Starts a server and waits until it is ready. */
export async function startServer(spec: ServerSpec): Promise<Server> {
  let child: ChildProcess | null = null;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const running = child;
    child = null;
    if (running !== null) await endProcess(running, signal);
  };
  const signalTo = (signal: NodeJS.Signals): void => {
    child?.kill(signal);
  };
  const start = async (): Promise<void> => {
    if (child !== null) throw new ServiceError(`${spec.name} runs already`);
    const logStart = sizeOf(spec.logFile);
    child = launch(spec);
    try {
      await waitUntilReady(spec, child, logStart);
    } catch (error) {
      await end("SIGKILL");
      throw error;
    }
  };
  await start();
  return {
    name: spec.name,
    logFile: spec.logFile,
    pid: () => (child !== null && isAlive(child) ? (child.pid ?? null) : null),
    stop: async () => end("SIGTERM"),
    kill9: async () => end("SIGKILL"),
    pause: () => signalTo("SIGSTOP"),
    resume: () => signalTo("SIGCONT"),
    startAgain: start,
  };
}

/** Runs `attempt` again with fresh ports while they are lost to other processes, three times at most. */
export async function withFreshPorts<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof PortTakenError) || tries === 3) throw error;
    }
  }
}

function launch(spec: ServerSpec): ChildProcess {
  const log = openSync(spec.logFile, "a");
  // The kernel ends a child whose parent is gone, however the parent died, where setpriv exists.
  const guard = spec.detached === true ? null : findTool("setpriv");
  const [command, ...args] =
    guard === null
      ? [spec.command, ...spec.args]
      : [guard, "--pdeathsig", "KILL", "--", spec.command, ...spec.args];
  try {
    const child = spawn(command, args, {
      cwd: spec.cwd,
      env: { ...process.env, ...spec.env },
      stdio: ["ignore", log, log],
      detached: spec.detached === true,
    });
    // A command that cannot be run shows as an early end; the event must not be unhandled.
    child.on("error", () => undefined);
    if (spec.detached === true) child.unref();
    else endWithThisProcess(child);
    return child;
  } finally {
    closeSync(log);
  }
}

function endWithThisProcess(child: ChildProcess): void {
  const kill = (): void => {
    child.kill("SIGKILL");
  };
  process.once("exit", kill);
  child.once("close", () => process.removeListener("exit", kill));
}

async function waitUntilReady(
  spec: ServerSpec,
  child: ChildProcess,
  logStart: number,
): Promise<void> {
  const deadline = performance.now() + (spec.readyWithinMs ?? 60_000);
  for (;;) {
    const log = readFileSync(spec.logFile).subarray(logStart).toString("utf8");
    if (!isAlive(child)) {
      if (/address already in use|BindException/i.test(log)) {
        throw new PortTakenError(`${spec.name}: a port was taken meanwhile`);
      }
      throw new ServiceError(`${spec.name} ended before it was ready:\n${log.slice(-4000)}`);
    }
    if (await spec.ready(log)) return;
    if (performance.now() > deadline) {
      throw new ServiceError(`${spec.name} was not ready in time:\n${log.slice(-4000)}`);
    }
    await sleep(50);
  }
}

async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (!isAlive(child)) return;
  const closed = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
  });
  child.kill(signal);
  // A frozen process takes a SIGTERM only when it runs again.
  child.kill("SIGCONT");
  const insist = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await closed;
  clearTimeout(insist);
}

function isAlive(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** A readiness check: whether `url` answers with a status below 400. */
export function answersAt(url: string): () => Promise<boolean> {
  return async () => {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(1000) });
      await response.arrayBuffer();
      return response.ok;
    } catch {
      return false;
    }
  };
}
