import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("log-child.ts", import.meta.url));

/** A `log-child.ts` and what it said so far. */
export class LogProcess {
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  constructor(t: TestContext, ...parameters: readonly string[]) {
    const child = spawn(process.execPath, [script, ...parameters], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#child = child;
    const reader = createInterface({ input: child.stdout });
    reader.on("line", (line) => this.lines.push(line));
    this.#ended = Promise.all([once(child, "exit"), once(reader, "close")]);
    t.after(() => this.kill());
  }

  /** Whether every line of `wanted` was said. */
  hasSaid(...wanted: readonly string[]): boolean {
    return wanted.every((line) => this.lines.includes(line));
  }

  signal(signal: "SIGSTOP" | "SIGCONT"): void {
    this.#child.kill(signal);
  }

  /** Kills it without notice and waits until everything that it said is read. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }

  /** Waits until it ends by itself. */
  async ended(): Promise<number | null> {
    await this.#ended;
    return this.#child.exitCode;
  }
}
