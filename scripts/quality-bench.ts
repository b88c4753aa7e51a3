/**
 * How well defects are found: `npm run quality:bench [-- --seed 1]`.
 *
 * Makes corrupted copies of real bars by seed, each with one kind of defect, and counts what the
 * detector says of them. Needs the files of real bars (EGX_SHARED, or ../shared).
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { egxCalendar } from "../src/market/calendar.ts";
import { parseInterval } from "../src/market/interval.ts";
import { realFile } from "../test/feeds/files.ts";
import type { Corruption } from "../test/support/corrupt.ts";
import { inspectAll, measure, type Measured } from "../test/support/measure-detector.ts";
import { realSeries } from "../test/support/real-series.ts";

const { values } = parseArgs({ options: { seed: { type: "string", default: "1" } } });
const calendar = egxCalendar();

const sets: readonly {
  readonly file: string;
  readonly code: string;
  readonly from?: string;
  readonly kinds: readonly (readonly [Corruption, number])[];
}[] = [
  {
    file: "egx-daily.csv.gz",
    code: "1d",
    from: "2020-01-01",
    kinds: [
      ["dropped", 1_000],
      ["doubled", 1_000],
      ["scaled", 1_000],
      ["copied-day", 20],
      ["zero", 1_000],
      ["provisional", 200],
    ],
  },
  {
    file: "egx-1min.csv.gz",
    code: "1m",
    kinds: [
      ["dropped", 1_000],
      ["outage", 100],
      ["doubled", 1_000],
      ["shifted", 100],
      ["scaled", 1_000],
      ["copied-day", 100],
      ["zero", 1_000],
      ["provisional", 8],
    ],
  },
];

console.log(
  "| bars | defect | injected | found | recall | of expected bars | wrong | precision | in the data as they are |",
);
console.log("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
for (const { file, code, from, kinds } of sets) {
  const { path, skip } = realFile(file);
  if (skip !== false) {
    console.error(`skipped: ${skip}`);
    process.exitCode = 1;
    continue;
  }
  const interval = parseInterval(code);
  const market = realSeries(path, from);
  const clean = inspectAll(market, { interval, calendar });
  for (const [kind, count] of kinds) {
    const measured = measure(market, clean, { kind, interval, calendar, seed: values.seed, count });
    console.log(row(interval.name, measured));
  }
}

function row(name: string, measured: Measured): string {
  const { kind, injected, found, recall, expected, wrong, precision, before } = measured;
  const ofExpected = expected.injected === 0 ? "-" : percent(expected.found / expected.injected);
  const cells = [name, kind, injected, found, percent(recall), ofExpected, wrong];
  return `| ${[...cells, percent(precision), before].join(" | ")} |`;
}

function percent(value: number): string {
  return `${(value * 100).toFixed(1)} %`;
}
