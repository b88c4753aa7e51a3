import path from "node:path";
import { EgxError } from "../base/errors.ts";
import { forEachWithin, limitTo } from "../base/limit.ts";
import type { Lake } from "../lake/lake.ts";
import { snapshotObject } from "../lake/object-file.ts";
import type { LoadEntry } from "../ledger/load-entry.ts";
import { listLoads, readLoad } from "../ledger/loads.ts";
import type { Adjustment, Bar } from "../market/bar.ts";
import type { Interval } from "../market/interval.ts";
import { batchBarsOf } from "../parquet/batch-object.ts";
import type { Database } from "../parquet/duckdb.ts";

/** What backfills of one feed and interval have brought so far. */
export class HeldBars {
  readonly #lake: Lake;
  readonly #database: Database;
  readonly #folder: string;
  readonly #loads: Map<string, LoadEntry>;
  /** The objects that have been fetched, by their keys. */
  readonly #files = new Map<string, string>();

  private constructor(
    reading: {
      readonly lake: Lake;
      readonly database: Database;
      readonly folder: string;
    },
    loads: Map<string, LoadEntry>,
  ) {
    this.#lake = reading.lake;
    this.#database = reading.database;
    this.#folder = reading.folder;
    this.#loads = loads;
  }

  /** Reads the ledger for the backfills of a source and interval, and of one adjustment if given. */
  static async read(reading: {
    readonly lake: Lake;
    readonly database: Database;
    readonly folder: string;
    readonly source: string;
    readonly interval: Interval;
    readonly adjusted: Adjustment | undefined;
  }): Promise<HeldBars> {
    const { lake, source, interval, adjusted } = reading;
    const loads = new Map<string, LoadEntry>();
    const names = await Array.fromAsync(listLoads(lake));
    await forEachWithin(limitTo(lake.concurrency), names, async (load) => {
      const entry = await readLoad(lake, load);
      if (entry?.asked.command !== "backfill") return;
      if (adjusted !== undefined && entry.adjusted !== adjusted) return;
      if (entry.source === source && entry.interval === interval.name) loads.set(load, entry);
    });
    return new HeldBars(reading, loads);
  }

  /** Takes note of a load that has just been stored. */
  add(load: string, entry: LoadEntry): void {
    this.#loads.set(load, entry);
  }

  /** Whether a load's bars are among those held. */
  knows(load: string): boolean {
    return this.#loads.has(load);
  }

  /** Whether one load asked for these dates of a symbol and got them. */
  covers(symbol: string, from: string | null, to: string): boolean {
    return [...this.#loads.values()].some(({ asked, symbols }) => {
      const wide =
        (asked.from === null || (from !== null && asked.from <= from)) &&
        asked.to !== null &&
        asked.to >= to;
      return wide && symbols.some((one) => one.symbol === symbol && one.outcome !== "failed");
    });
  }

  /** Whether one load asked for these dates of all symbols, and none failed. */
  coversAll(from: string | null, to: string): boolean {
    return [...this.#loads.values()].some(
      ({ asked, symbols }) =>
        asked.symbols === "all" &&
        (asked.from === null || (from !== null && asked.from <= from)) &&
        asked.to !== null &&
        asked.to >= to &&
        symbols.every(({ outcome }) => outcome !== "failed"),
    );
  }

  /**
   * The bars of some symbols as they are now known, in ascending time by symbol: of several
   * revisions the one that silver takes.
   * @throws E_LAKE_OBJECT_MISSING, which names an object that a load names.
   */
  async of(symbols: readonly string[]): Promise<ReadonlyMap<string, readonly Bar[]>> {
    const wanted = new Set(symbols);
    const files: string[] = [];
    for (const load of this.#loads.values()) {
      if (!load.symbols.some(({ symbol, added }) => added > 0 && wanted.has(symbol))) continue;
      for (const { key } of load.objects) files.push(await this.#fileOf(key));
    }
    const newest = new Map<string, Map<number, Bar>>();
    for (const bar of await batchBarsOf(this.#database, files, symbols)) {
      const ofSymbol = newest.get(bar.symbol) ?? new Map<number, Bar>();
      newest.set(bar.symbol, ofSymbol);
      const other = ofSymbol.get(bar.startMs);
      if (other === undefined || isNewer(bar, other)) ofSymbol.set(bar.startMs, bar);
    }
    return new Map(
      Array.from(newest, ([symbol, bars]) => [
        symbol,
        [...bars.values()].toSorted((left, right) => left.startMs - right.startMs),
      ]),
    );
  }

  async #fileOf(key: string): Promise<string> {
    const known = this.#files.get(key);
    if (known !== undefined) return known;
    const file = path.join(this.#folder, "held", path.basename(key));
    const snapshot = await snapshotObject(this.#lake, key, file);
    if (snapshot !== null) {
      this.#files.set(key, snapshot.path);
      return snapshot.path;
    }
    throw new EgxError("E_LAKE_OBJECT_MISSING", `${key} is named by its load and missing`, {
      details: { key },
    });
  }
}

function isNewer(bar: Bar, other: Bar): boolean {
  if (bar.final !== other.final) return bar.final;
  return bar.ingestedMs >= other.ingestedMs;
}
