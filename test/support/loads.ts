import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestContext } from "node:test";
import { systemClock } from "../../src/base/clock.ts";
import type { EgxError } from "../../src/base/errors.ts";
import { seededRandom } from "../../src/base/random.ts";
import type { Feed, FeedRequest } from "../../src/feeds/feed.ts";
import type { Lake } from "../../src/lake/lake.ts";
import type { Finding } from "../../src/ledger/finding.ts";
import { verifyLedger, type VerifySummary } from "../../src/ledger/verify.ts";
import { backfill, type BackfillOptions, type BackfillSummary } from "../../src/loads/backfill.ts";
import type { LoadStore } from "../../src/loads/commit-load.ts";
import { importFile, type ImportOptions, type ImportSummary } from "../../src/loads/import-file.ts";
import type { ImportWishes } from "../../src/loads/import-plan.ts";
import type { Bar } from "../../src/market/bar.ts";
import { egxCalendar } from "../../src/market/calendar.ts";
import { barOf, intervalOf, type TestLake } from "./silver-lake.ts";

/** Where loads of a test write. */
export function storeOf(lake: Lake, changes: Partial<LoadStore> = {}): LoadStore {
  return { lake, writer: "test", clock: systemClock, random: seededRandom(1), ...changes };
}

/** A file of a folder of its own, removed after the test. */
export async function fileOf(
  t: TestContext,
  content: string | Uint8Array,
  name = "prices.csv",
): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "egx-loads-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = path.join(folder, name);
  await writeFile(file, content);
  return file;
}

export type ImportChanges = Partial<Omit<ImportOptions, "wishes">> & {
  readonly wishes?: Partial<ImportWishes>;
};

/** Imports a file as `egx import csv` does without flags, but for what is given. */
export async function importInto(
  { lake, scratchFolder }: Pick<TestLake, "lake" | "scratchFolder">,
  file: string,
  { wishes = {}, ...changes }: ImportChanges = {},
): Promise<ImportSummary> {
  return importFile({
    ...storeOf(lake),
    form: "csv",
    path: file,
    scratchFolder,
    ...changes,
    wishes: {
      source: "csv:prices",
      map: new Map(),
      adjusted: "splits",
      currency: "EGP",
      symbols: "all",
      ...wishes,
    },
  });
}

/** A feed whose histories are a function of the request. */
export function historyFeed(
  history: (request: FeedRequest) => {
    readonly bars?: readonly Bar[];
    readonly failed?: ReadonlyMap<string, EgxError>;
  },
  source = "tradingview",
): Feed & { readonly requests: FeedRequest[] } {
  const requests: FeedRequest[] = [];
  return {
    requests,
    source,
    delaySeconds: 0,
    history: async function* (request) {
      requests.push(request);
      const { bars = [], failed = new Map<string, EgxError>() } = history(request);
      // A later answer arrives later.
      const arrived = requests.length;
      const stamped = bars.map((bar) => barOf({ ...bar, ingestedMs: bar.ingestedMs + arrived }));
      yield { kind: "bars", bars: stamped };
      for (const [symbol, error] of failed) yield { kind: "symbol-failed", symbol, error };
    },
    live: async function* () {
      yield* [];
    },
    close: async () => undefined,
  };
}

export type BackfillChanges = Partial<Omit<BackfillOptions, "request">> & {
  readonly request?: Partial<FeedRequest>;
};

/** Loads the daily history of COMI to the end of 2025, but for what is given. */
export async function backfillInto(
  { lake, scratchFolder }: Pick<TestLake, "lake" | "scratchFolder">,
  feed: Feed,
  { request = {}, ...changes }: BackfillChanges = {},
): Promise<BackfillSummary> {
  return backfill({
    ...storeOf(lake),
    feed,
    kind: "real",
    resume: false,
    calendar: egxCalendar(),
    scratchFolder,
    ...changes,
    request: {
      symbols: ["COMI"],
      interval: intervalOf("1d"),
      to: Temporal.PlainDate.from("2025-12-31"),
      ...request,
    },
  });
}

/** What `egx verify` says of the ledger. */
export async function verified(
  lake: Lake,
): Promise<{ readonly findings: readonly Finding[]; readonly summary: VerifySummary }> {
  const findings: Finding[] = [];
  const summary = await verifyLedger(lake, { onFinding: (finding) => findings.push(finding) });
  return { findings, summary };
}
