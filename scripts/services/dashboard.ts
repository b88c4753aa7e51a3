import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { ServiceError } from "./tools.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const program = join(root, "src", "cli", "main.ts");
const startTimeoutMs = 60_000;
const pastTimeoutMs = 120_000;
const lookEveryMs = 250;

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

/** Waits until `egx up` has loaded the past of its simulation and looked at its quality. */
export async function untilPastIsThere(url: string): Promise<void> {
  const deadlineMs = Date.now() + pastTimeoutMs;
  for (;;) {
    const answer = await fetch(`${url}/api/v1/quality/summary`);
    const summary: unknown = await answer.json();
    if (isCertified(summary)) return;
    if (Date.now() > deadlineMs) throw new ServiceError(`${url} has no past`);
    await sleep(lookEveryMs);
  }
}

function isCertified(summary: unknown): boolean {
  const given = typeof summary === "object" && summary !== null && "certifiedAt" in summary;
  return given && typeof summary.certifiedAt === "string";
}
