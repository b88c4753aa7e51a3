import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import process from "node:process";

const told = 60_000;

export interface StageSpec {
  /** What runs the script; Node without it. */
  readonly command?: string;
  readonly script: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface StageEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A real process of the pipeline: what it says, how much memory it takes, how it ends. */
export class StageProcess {
  readonly ended: Promise<StageEnd>;
  readonly #child: ChildProcess;
  readonly #watchers = new Set<() => void>();
  readonly #sampler: NodeJS.Timeout;
  #isOver = false;
  #stderr = "";
  #stdout = "";
  #peakMiB = 0;

  constructor({ command = process.execPath, script, args, env }: StageSpec) {
    const inherited = Object.entries(process.env).filter(
      ([name]) => !/^(EGX_|KAFKA_|MINIO_|AWS_|NODE_TEST_CONTEXT)/.test(name),
    );
    const child = spawn(command, [script, ...args], {
      env: { ...Object.fromEntries(inherited), ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    child.stdout.setEncoding("utf8").on("data", (text: string) => (this.#stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
      this.#wake();
    });
    this.#sampler = setInterval(() => this.#sample(), 100);
    const kill = (): void => void child.kill("SIGKILL");
    process.once("exit", kill);
    this.ended = new Promise((resolve) => {
      child.once("close", (code, signal) => {
        process.removeListener("exit", kill);
        clearInterval(this.#sampler);
        this.#isOver = true;
        this.#wake();
        resolve({ code, signal });
      });
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** The most memory that it had resident, as far as this host tells; 0 where it does not. */
  get peakMiB(): number {
    return this.#peakMiB;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Waits until standard error shows `pattern`, counted from `from` characters on. */
  async told(pattern: RegExp, from = 0): Promise<void> {
    await this.#until(() => pattern.test(this.#stderr.slice(from)), String(pattern));
  }

  /** Asks it to end and waits until it has; kills it when it does not. */
  async stop(): Promise<StageEnd> {
    this.signal("SIGCONT");
    this.signal("SIGTERM");
    const insist = setTimeout(() => this.signal("SIGKILL"), 30_000);
    const end = await this.ended;
    clearTimeout(insist);
    return end;
  }

  async kill9(): Promise<void> {
    this.signal("SIGKILL");
    await this.ended;
  }

  async #until(isSo: () => boolean, what: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = (): void => {
      if (isSo()) resolve();
      else if (this.#isOver) reject(new Error(`it ended before it told ${what}:\n${this.#tail()}`));
    };
    const late = (): void => reject(new Error(`it never told ${what}:\n${this.#tail()}`));
    const timer = setTimeout(late, told);
    this.#watchers.add(look);
    look();
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      this.#watchers.delete(look);
    }
  }

  #tail(): string {
    return this.#stderr.slice(-3000);
  }

  #wake(): void {
    for (const watcher of this.#watchers) watcher();
  }

  #sample(): void {
    try {
      const status = readFileSync(`/proc/${this.#child.pid}/status`, "utf8");
      const peak = Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
      this.#peakMiB = Math.max(this.#peakMiB, Math.round(peak));
    } catch {
      // It has just ended, or this host has no /proc.
    }
  }
}
