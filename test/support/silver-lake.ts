import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestContext } from "node:test";
import { sha256Hex, utf8 } from "../../src/base/bytes.ts";
import { systemClock } from "../../src/base/clock.ts";
import { seededRandom } from "../../src/base/random.ts";
import { openFolderLake } from "../../src/lake/folder-lake.ts";
import type { Lake } from "../../src/lake/lake.ts";
import { encodeEntry, type EntryObject, type StoredEntry } from "../../src/ledger/entry.ts";
import { type ChainId, deadKey, entryKey, streamingKey } from "../../src/ledger/layout.ts";
import { compress, type Compression } from "../../src/lake/compression.ts";
import { barDate, type Bar } from "../../src/market/bar.ts";
import { encodeBar } from "../../src/market/codec.ts";
import { intervalByCode, type Interval } from "../../src/market/interval.ts";
import { storedLine } from "../../src/market/stored-line.ts";
import { openQuery } from "../../src/silver/query.ts";
import type { QueryValue } from "../../src/parquet/query-value.ts";
import { type SilverFinding, verifySilver } from "../../src/silver/verify.ts";
import { buildSilver, type SilverOptions, type SilverSummary } from "../../src/silver/build.ts";

/** A folder that is removed after the test. */
export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "egx-silver-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export function intervalOf(code: string): Interval {
  const interval = intervalByCode(code);
  if (interval === undefined) throw new Error(`no interval ${code}`);
  return interval;
}

/** A bar of COMI at 10:00 in Cairo on 2025-11-24, but for what is given. */
export function barOf(changes: Partial<Bar> & { readonly at?: string } = {}): Bar {
  const { at, ...rest } = changes;
  return {
    symbol: "COMI",
    exchange: "EGX",
    interval: intervalOf("1d"),
    startMs: Temporal.Instant.from(at ?? "2025-11-24T10:00:00+02:00").epochMilliseconds,
    open: 10,
    high: 11,
    low: 9,
    close: 10.5,
    volume: 1000,
    ingestedMs: Temporal.Instant.from("2025-11-24T16:00:00Z").epochMilliseconds,
    final: true,
    source: "tradingview",
    currency: "EGP",
    adjusted: "splits",
    ...rest,
  };
}

export interface AppendOptions {
  readonly compression?: Compression;
  /** Leaves out the first of the entry's objects, as a writer that died would. */
  readonly unfinished?: boolean;
  /** Objects of the entry before that are given up. */
  readonly lost?: readonly string[];
  /** What is stored of a bar, else the line as it is written today; null makes a dead letter. */
  readonly messageOf?: (bar: Bar, index: number) => string | null;
}

/** Writes chains as the consumer does: entry first, then one object a date and symbol. */
export class LakeWriter {
  readonly lake: Lake;
  readonly chain: ChainId;
  #offset = 0;
  #last: StoredEntry | null = null;

  constructor(lake: Lake, partition = 0, logId = "9f3c21ab") {
    this.lake = lake;
    this.chain = { topic: "egx_market_data", logId, partition };
  }

  /** The object of an entry's dead letters, which nothing here reads. */
  #deadOf(start: number, end: number, records: number): EntryObject {
    const lines = utf8("{}\n".repeat(records));
    const key = deadKey(this.chain, start, end - 1);
    return { key, records, bytes: lines.length, sha256: sha256Hex(lines) };
  }

  /** One flush. Gives the entry and what would have to be put to finish it. */
  async append(
    bars: readonly Bar[],
    options: AppendOptions = {},
  ): Promise<{ readonly entry: StoredEntry; readonly finish: () => Promise<void> }> {
    const start = this.#offset;
    const end = start + bars.length;
    const { messageOf = encodeBar } = options;
    const records = bars.map((bar, index) => {
      return { bar, offset: start + index, message: messageOf(bar, index) };
    });
    const stored = records.filter(({ message }) => message !== null);
    const groups = Map.groupBy(stored, ({ bar }) => `${barDate(bar)}/${bar.symbol}`);
    const dead = records.filter(({ message }) => message === null);
    const puts: { object: EntryObject; body: Uint8Array }[] = [];
    for (const rows of groups.values()) {
      const first = rows[0];
      if (first === undefined) continue;
      const key = streamingKey({
        prefix: "streaming/",
        chain: this.chain,
        date: barDate(first.bar),
        symbol: first.bar.symbol,
        first: start,
        last: end - 1,
        compression: options.compression ?? "none",
      });
      const text = rows
        .map(({ message, offset }) => {
          const { logId, partition } = this.chain;
          return `${storedLine(message ?? "", { logId, partition, offset })}\n`;
        })
        .join("");
      const lines = utf8(text);
      puts.push({
        object: { key, records: rows.length, bytes: lines.length, sha256: sha256Hex(lines) },
        body: await compress(lines, options.compression ?? "none"),
      });
    }
    const entry = encodeEntry({
      format: 1,
      log: this.chain.logId,
      topic: this.chain.topic,
      partition: this.chain.partition,
      start,
      end,
      prev: this.#last?.sha256 ?? null,
      records: stored.length,
      objects: puts.map((put) => put.object),
      dead_letters: dead.map(({ offset }) => offset),
      absent: [],
      writer: "test",
      created: "2025-11-24T16:00:00.000Z",
      lost: options.lost,
      ...(dead.length === 0 ? {} : { dead: this.#deadOf(start, end, dead.length) }),
    });
    await this.lake.create(entryKey(this.chain, start), entry.bytes);
    this.#last = entry;
    this.#offset = end;
    const late = options.unfinished === true ? puts.splice(0, 1) : [];
    const put = async (items: typeof puts): Promise<void> => {
      for (const { object, body } of items) await this.lake.put(object.key, body);
    };
    await put(puts);
    return { entry, finish: () => put(late) };
  }
}

export interface TestLake {
  readonly lake: Lake;
  readonly folder: string;
  readonly scratchFolder: string;
  /** Builds silver of this lake, or of what stands before it. */
  build(options?: Partial<SilverOptions>): Promise<SilverSummary>;
}

/** A folder lake with a scratch folder beside it: empty, or a copy of another one's. */
export async function makeLake(t: TestContext, copyOf?: TestLake): Promise<TestLake> {
  const root = await temporaryFolder(t);
  const folder = path.join(root, "lake");
  const scratchFolder = path.join(root, "scratch");
  if (copyOf !== undefined) await cp(copyOf.folder, folder, { recursive: true });
  const lake = await openFolderLake({ folder, create: true, clock: systemClock });
  t.after(() => lake.close());
  return {
    lake,
    folder,
    scratchFolder,
    build: (options = {}) =>
      buildSilver({
        lake,
        scratchFolder,
        clock: systemClock,
        random: seededRandom(1),
        ...options,
      }),
  };
}

type Rows = readonly (readonly QueryValue[])[];

/** All rows of a SELECT over a lake's views. */
export async function rowsOf(
  testLake: Pick<TestLake, "lake" | "scratchFolder">,
  sql: string,
  asOf?: Temporal.Instant,
): Promise<Rows> {
  const [rows = []] = await answersOf(testLake, [sql], asOf);
  return rows;
}

/** As {@link rowsOf}, for several SELECTs over one snapshot. */
export async function answersOf(
  testLake: Pick<TestLake, "lake" | "scratchFolder">,
  statements: readonly string[],
  asOf?: Temporal.Instant,
): Promise<readonly Rows[]> {
  const { lake, scratchFolder } = testLake;
  await using query = await openQuery({
    lake,
    scratchFolder,
    clock: systemClock,
    ...(asOf === undefined ? {} : { asOf }),
  });
  const answers: Rows[] = [];
  for (const sql of statements) {
    const { batches } = await query.run(sql);
    answers.push((await Array.fromAsync(batches)).flat());
  }
  return answers;
}

/** What people see of silver: both tables, whole, and the symbols. */
export async function contentOf(testLake: TestLake): Promise<readonly Rows[]> {
  return answersOf(
    testLake,
    ["bars", "bar_revisions", "symbols"].map((view) => `select * from ${view} order by all`),
  );
}

/** What `verifySilver` finds amiss. */
export async function findingsOf(lake: Lake): Promise<readonly SilverFinding[]> {
  const findings = await Array.fromAsync(verifySilver(lake));
  return findings.filter((finding) => finding.state !== "whole");
}

/** The crash of a process that builds. */
export class Crash extends Error {}

/**
 * The same lake for a process that dies at its write number `at` (from 0): before the write takes
 * effect, or after it, before the answer comes.
 */
export function dyingLake(lake: Lake, at: number, when: "before" | "after"): Lake {
  let writes = 0;
  let dead = false;
  const write = async <T>(operation: () => Promise<T>): Promise<T> => {
    const dies = dead || writes === at;
    writes += 1;
    if (!dies) return operation();
    if (!dead && when === "after") await operation();
    dead = true;
    throw new Crash("the process died");
  };
  return {
    url: lake.url,
    concurrency: lake.concurrency,
    put: (key, body, metadata) => write(() => lake.put(key, body, metadata)),
    create: (key, body) => write(() => lake.create(key, body)),
    replace: (key, body, expected) => write(() => lake.replace(key, body, expected)),
    delete: (key) => write(() => lake.delete(key)),
    head: (key) => lake.head(key),
    get: (key) => lake.get(key),
    getRange: (key, first, last) => lake.getRange(key, first, last),
    list: (prefix, options) => lake.list(prefix, options),
    localPath: (key) => lake.localPath(key),
    close: async () => undefined,
  };
}

/** The same lake for a process that is held up before its write number `at` (from 0). */
export function haltingLake(lake: Lake, at: number, halt: () => Promise<void>): Lake {
  let writes = 0;
  return {
    ...dyingLake(lake, Infinity, "before"),
    replace: async (key, body, expected) => {
      const halts = writes === at;
      writes += 1;
      if (halts) await halt();
      return lake.replace(key, body, expected);
    },
  };
}

/** The same lake where objects are no files, as in a store on the network. */
export function remoteLake(lake: Lake): Lake {
  return { ...dyingLake(lake, Infinity, "before"), localPath: () => null };
}
