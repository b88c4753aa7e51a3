import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import process from "node:process";

export interface AtLength {
  /** The npm script. */
  readonly name: string;
  /** What is installed first, where it is missing. */
  readonly parts: readonly string[];
  /** Its test files run one after the other. */
  readonly folder: string;
  /** What asks the tests for their long form, beside EGX_TEST_LONG. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a folder's tests at length from a bare machine, up to the first that fails; prints times. */
export function runAtLength({ name, parts, folder, env = {} }: AtLength): void {
  const began = performance.now();
  const step = (what: string, args: readonly string[]): boolean => {
    const start = performance.now();
    const { status } = spawnSync(process.execPath, args, {
      stdio: "inherit",
      env: { ...process.env, ...env, EGX_TEST_LONG: "1" },
    });
    console.log(`${what}: ${status === 0 ? "done" : "failed"} in ${seconds(start)} s`);
    return status === 0;
  };
  const passed =
    step("set-up", ["scripts/services.ts", "install", ...parts]) &&
    globSync(`${folder}/*.test.ts`)
      .toSorted()
      .every((file) => step(file, ["--test", "--test-reporter=spec", file]));
  process.exitCode = passed ? 0 : 1;
  console.log(`${name}: ${seconds(began)} s`);
}

function seconds(start: number): string {
  return ((performance.now() - start) / 1000).toFixed(1);
}
