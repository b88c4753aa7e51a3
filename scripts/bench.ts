/**
 * Runs a benchmark: `npm run bench -- NAME [OPTION …]` is `bench/NAME.ts`. What they measured is in
 * docs/benchmarks.md.
 */
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { basename } from "node:path";
import process from "node:process";

const [name = "", ...rest] = process.argv.slice(2);
const names = globSync("bench/*.ts").map((file) => basename(file, ".ts"));
if (names.includes(name)) {
  const run = spawnSync(process.execPath, [`bench/${name}.ts`, ...rest], { stdio: "inherit" });
  process.exitCode = run.status ?? 1;
} else {
  console.error(`usage: npm run bench -- ${names.join("|")} [OPTION …]`);
  process.exitCode = 64;
}
