/**
 * Plays every fault on real processes and prints what it did: `npm run test:faults`.
 *
 *     node scripts/faults.ts [--runs N] [--short] [PATTERN]
 *
 * Each fault is played N times (3 without it), each time on a topic and a bucket of its own, and
 * then everything that the log acknowledged is looked for in the lake and the dead letters alone.
 * `--short` plays small ones, as `npm test` does; PATTERN keeps the faults whose name contains it.
 * All of them at length, with outages of two minutes, take more than an hour a run.
 * Exits 1 when a record was lost or doubled, or anything else was not as promised.
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { brokerFaults } from "../test/support/faults/broker-faults.ts";
import { longSize, playFault, shortSize, type Fault } from "../test/support/faults/fault.ts";
import type { FaultOutcome } from "../test/support/faults/fault-case.ts";
import { processFaults } from "../test/support/faults/process-faults.ts";
import { recordFaults } from "../test/support/faults/record-faults.ts";
import { storeFaults } from "../test/support/faults/store-faults.ts";
import { installFaultParts, startFaultWorld } from "../test/support/faults/world.ts";

const { values, positionals } = parseArgs({
  options: { runs: { type: "string", default: "3" }, short: { type: "boolean", default: false } },
  allowPositionals: true,
});
const runs = Number(values.runs);
const size = values.short ? shortSize : longSize;
const pattern = positionals[0] ?? "";
const columns = [38, 4, 9, 5, 7, 16, 6] as const;
const head = ["fault", "runs", "records", "lost", "doubled", "s to recover", "MiB"];

const unexpected: string[] = [];
await installFaultParts();
printRow(head);
await playAll([...storeFaults, ...recordFaults, ...processFaults], 1);
await playAll(brokerFaults, 3);
for (const text of unexpected) console.log(text);
process.exitCode = unexpected.length === 0 ? 0 : 1;

async function playAll(all: readonly Fault[], brokers: 1 | 3): Promise<void> {
  const faults = all.filter(({ name }) => name.includes(pattern));
  if (faults.length === 0) return;
  const world = await startFaultWorld(brokers, "faults at length");
  try {
    for (const fault of faults) {
      if (fault.skip !== undefined && fault.skip !== false) {
        console.log(`${fault.name}: skipped, ${fault.skip}`);
        continue;
      }
      const outcomes: FaultOutcome[] = [];
      for (let run = 1; run <= runs; run += 1) {
        outcomes.push(await playFault(world, fault, { size, run }));
      }
      report(fault.name, outcomes);
    }
  } finally {
    await world.stop();
  }
}

function report(name: string, outcomes: readonly FaultOutcome[]): void {
  const sum = (count: (outcome: FaultOutcome) => number): number =>
    outcomes.reduce((total, outcome) => total + count(outcome), 0);
  const seconds = outcomes.map(({ secondsToRecover }) => secondsToRecover);
  printRow([
    name,
    String(outcomes.length),
    sum(({ records }) => records).toLocaleString("en"),
    String(sum(({ lost }) => lost.length)),
    String(sum(({ doubled }) => doubled.length)),
    `${Math.min(...seconds).toFixed(1)} to ${Math.max(...seconds).toFixed(1)}`,
    String(Math.max(...outcomes.map(({ peakMiB }) => peakMiB))),
  ]);
  for (const { lost, doubled, problems } of outcomes) {
    const [firstLost] = lost;
    const [firstDoubled] = doubled;
    if (firstLost !== undefined) unexpected.push(`${name}: lost ${firstLost} …`);
    if (firstDoubled !== undefined) unexpected.push(`${name}: doubled ${firstDoubled} …`);
    unexpected.push(...problems.map((problem) => `${name}: ${problem}`));
  }
}

function printRow(cells: readonly string[]): void {
  const padded = cells.map((cell, index) => {
    const width = columns[index] ?? 0;
    return index === 0 ? cell.padEnd(width) : cell.padStart(width);
  });
  console.log(padded.join("  ").trimEnd());
}
