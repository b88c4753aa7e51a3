import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { ServiceError } from "./tools.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const program = join(root, "src", "cli", "main.ts");
const startTimeoutMs = 60_000;

/** Starts a command and waits until it tells the address of its dashboard. */
export async function spawnDashboard(args: readonly string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  const ready = Promise.withResolvers<undefined>();
  const hear = (text: string): void => {
    said += text;
    if (/http:\/\/127\.0\.0\.1:\d+/.test(said)) ready.resolve(undefined);
  };
  child.stdout.setEncoding("utf8").on("data", hear);
  child.stderr.setEncoding("utf8").on("data", hear);
  child.once("close", (status) =>
    ready.reject(new ServiceError(`egx ended with ${String(status)}:\n${said}`)),
  );
  const late = setTimeout(() => {
    ready.reject(new ServiceError(`egx tells no address:\n${said}`));
  }, startTimeoutMs);
  try {
    await ready.promise;
  } finally {
    clearTimeout(late);
  }
  return child;
}

/**
 * Runs a command of `egx` to its end; `fine` are the exit codes that are no failure.
 * @throws ServiceError with what it said when it fails.
 */
export function runEgx(args: readonly string[], fine: readonly number[] = [0]): void {
  const { status, stderr } = spawnSync(process.execPath, [program, ...args], {
    cwd: root,
    encoding: "utf8",
  });
  if (status === null || !fine.includes(status))
    throw new ServiceError(`egx ${args.join(" ")} ended with ${String(status)}:\n${stderr}`);
}

/**
 * Fills a folder with simulated bars of well-known symbols: daily ones of a year and more, bars of
 * one minute of the last sessions, and their certificates.
 */
export function simulateHistory(
  data: string,
  symbols: readonly string[],
  days: SimulatedDays,
): void {
  const history = [
    "backfill",
    "--feed",
    "simulator",
    "--data",
    data,
    "--to",
    days.to,
    "--symbols",
    symbols.join(","),
  ];
  // 3: a symbol without any bar in those days is no failure.
  const load = (interval: string, from: string): void =>
    runEgx([...history, "--interval", interval, "--from", from], [0, 3]);
  load("1d", days.dailyFrom);
  load("1m", days.minutesFrom);
  runEgx(["silver", "--data", data]);
  const range = ["--from", days.dailyFrom, "--to", days.to];
  // The simulator leaves bars out, as real feeds do: that is what this finds.
  runEgx(["quality", "--data", data, "--interval", "1d", ...range], [0, 1]);
}

export interface SimulatedDays {
  readonly dailyFrom: string;
  readonly minutesFrom: string;
  readonly to: string;
}
