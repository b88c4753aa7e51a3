import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestContext } from "node:test";
import { sha256Hex, utf8 } from "../../src/base/bytes.ts";
import { systemClock } from "../../src/base/clock.ts";
import { seededRandom } from "../../src/base/random.ts";
import { openFolderLake } from "../../src/lake/folder-lake.ts";
import type { Lake } from "../../src/lake/lake.ts";
import { encodeEntry, type EntryObject, type StoredEntry } from "../../src/ledger/entry.ts";
import { type ChainId, entryKey, streamingKey } from "../../src/ledger/layout.ts";
import { compress, type Compression } from "../../src/lake/compression.ts";
import type { Bar } from "../../src/market/bar.ts";
import { barDate } from "../../src/market/bar.ts";
import { encodeBar } from "../../src/market/codec.ts";
import { intervalByCode } from "../../src/market/interval.ts";
import type { Interval } from "../../src/market/interval.ts";
import { storedLine } from "../../src/market/stored-line.ts";
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

  /** One flush. Gives the entry and what would have to be put to finish it. */
  async append(
    bars: readonly Bar[],
    options: AppendOptions = {},
  ): Promise<{ readonly entry: StoredEntry; readonly finish: () => Promise<void> }> {
    const start = this.#offset;
    const end = start + bars.length;
    const groups = Map.groupBy(
      bars.map((bar, index) => ({ bar, offset: start + index })),
      ({ bar }) => `${barDate(bar)}/${bar.symbol}`,
    );
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
        .map(({ bar, offset }) => {
          const { logId, partition } = this.chain;
          return `${storedLine(encodeBar(bar), { logId, partition, offset })}\n`;
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
      records: bars.length,
      objects: puts.map((put) => put.object),
      dead_letters: [],
      absent: [],
      writer: "test",
      created: "2025-11-24T16:00:00.000Z",
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

/** An empty folder lake with a scratch folder beside it. */
export async function makeLake(t: TestContext): Promise<TestLake> {
  const root = await temporaryFolder(t);
  const folder = path.join(root, "lake");
  const scratchFolder = path.join(root, "scratch");
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
