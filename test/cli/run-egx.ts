import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { after, type TestContext } from "node:test";

/** The real program. */
export const mainFile = path.resolve(import.meta.dirname, "../../src/cli/main.ts");

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly cwd?: string;
}

/** A child that has not said what it is to say after this time never will. */
const toldWaitMs = 60_000;

/** A started `egx`, whose output is gathered. */
export interface RunningEgx {
  readonly child: ChildProcess;
  readonly ended: Promise<Outcome>;
  /** Resolves when standard error has shown `pattern`. */
  told(pattern: RegExp): Promise<void>;
}

/** Where nothing listens: no test asks the real feed. */
const noFeed = { EGX_TRADINGVIEW_URL: "ws://127.0.0.1:1/" };

const children = new Set<ChildProcess>();
// What a test that fails leaves running would keep its file from ending. Scripts start `egx` as well.
if (process.env["NODE_TEST_CONTEXT"] !== undefined) {
  after(() => {
    for (const child of children) child.kill("SIGKILL");
  });
}

/** Starts `egx` without any setting of ours in its environment, and without a live feed. */
export function startEgx(args: readonly string[], options: RunOptions = {}): RunningEgx {
  const inherited = Object.entries(process.env).filter(
    ([name]) =>
      !/^(EGX_|KAFKA_|MINIO_|KAGGLE_|EODHD_|NO_COLOR|FORCE_COLOR|NODE_TEST_CONTEXT)/.test(name),
  );
  const child = spawn(process.execPath, [mainFile, ...args], {
    env: { ...Object.fromEntries(inherited), ...noFeed, ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  children.add(child);
  child.once("close", () => children.delete(child));
  const texts = { stdout: "", stderr: "" };
  const watchers: (() => void)[] = [];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (texts.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    texts.stderr += text;
    for (const watcher of watchers) watcher();
  });
  // A command that ends before it reads its input closes the pipe.
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.input ?? "");
  const ended = new Promise<Outcome>((resolve) => {
    child.on("close", (code) => resolve({ code, ...texts }));
  });
  const told = (pattern: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (pattern.test(texts.stderr)) resolve();
      };
      watchers.push(look);
      look();
      const giveUp = (why: string): void => {
        clearTimeout(timer);
        reject(new Error(`${why} without ${pattern}: ${texts.stderr}`));
      };
      const timer = setTimeout(() => giveUp("waited"), toldWaitMs);
      timer.unref();
      void ended.then(() => giveUp("ended"));
    });
  return { child, ended, told };
}

/** Runs `egx` to its end. */
export async function runEgx(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return startEgx(args, options).ended;
}

/** A folder of its own for a test, removed after it. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), "egx-cli-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Whether a text has an escape sequence for terminals. */
export function hasEscape(text: string): boolean {
  return text.includes("\u001B");
}

/** 40 one-minute bars of COMI and ETEL on one day, as a CSV file's text. */
export function minuteBars(): string {
  const lines = ["symbol,ts_utc,open,high,low,close,volume"];
  for (const symbol of ["COMI", "ETEL"]) {
    for (let minute = 0; minute < 20; minute += 1) {
      const time = `2025-11-24 08:${String(minute).padStart(2, "0")}:00`;
      lines.push(`${symbol},${time},80.1,80.5,80.0,${80 + minute / 100},${1000 + minute}`);
    }
  }
  return `${lines.join("\n")}\n`;
}
