import { utf8 } from "../../src/base/bytes.ts";
import { randomInt, seededRandom } from "../../src/base/random.ts";
import type { Compression } from "../../src/lake/compression.ts";
import type { Lake } from "../../src/lake/lake.ts";
import { barStartMs, type Adjustment, type Bar } from "../../src/market/bar.ts";
import { encodeBar } from "../../src/market/codec.ts";
import { barOf, intervalOf, LakeWriter } from "./silver-lake.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const firstMs = Date.parse("2025-10-20T08:00:00Z");

/**
 * A lake with all that a merge can get wrong: revisions in both orders, late bars, provisional and
 * final ones, several sources and adjustments of a symbol, every length of bar, prices off their
 * tick and their range, closed days, messages of the old producer, compressed objects, dead
 * letters, copies of objects that no entry names, and a last entry that is not finished.
 */
export class SparkLake {
  readonly #lake: Lake;
  readonly #random = seededRandom("spark");
  readonly #writers: readonly LakeWriter[];
  #ingestedMs = firstMs + 60 * dayMs;

  constructor(lake: Lake) {
    this.#lake = lake;
    this.#writers = [
      new LakeWriter(lake, 0),
      new LakeWriter(lake, 1),
      new LakeWriter(lake, 0, "00c0ffee"),
    ];
  }

  /** Some flushes on all chains. */
  async flush(rounds: number, sources: readonly string[]): Promise<void> {
    for (let round = 0; round < rounds; round += 1) {
      for (const [index, writer] of this.#writers.entries()) {
        const bars = Array.from({ length: 8 }, () => this.#bar(sources));
        const compression = (["none", "gzip", "zstd"] satisfies Compression[])[(round + index) % 3];
        await writer.append(bars, {
          compression: compression ?? "none",
          messageOf: (bar, at) => this.#message(bar, at),
        });
      }
    }
  }

  /** A last entry that lacks an object; gives what finishes it. */
  async unfinished(): Promise<() => Promise<void>> {
    const bars = Array.from({ length: 6 }, () => this.#bar(["tradingview"]));
    const [writer] = this.#writers;
    if (writer === undefined) throw new Error("no writer");
    return (await writer.append(bars, { unfinished: true })).finish;
  }

  /** Copies of stored objects under other names, and things that are none. */
  async strays(): Promise<void> {
    for await (const { key } of this.#lake.list("streaming/")) {
      const stored = await this.#lake.get(key);
      if (stored === null) continue;
      await this.#lake.put(
        key.replace(/-(\d{20})\.json/, "-99999999999999999999.json"),
        stored.body,
      );
      break;
    }
    await this.#lake.put("streaming/date=2025-11-24/symbol=COMI/notes.json", utf8("no bar\n{]\n"));
  }

  #bar(sources: readonly string[]): Bar {
    const pick = <T>(items: readonly [T, ...T[]]): T =>
      items[randomInt(this.#random, items.length)] ?? items[0];
    const interval = intervalOf(pick(["1m", "1m", "5m", "1h", "1d", "1d", "1d", "1w", "1mo"]));
    const atMs =
      firstMs + randomInt(this.#random, 20) * dayMs + randomInt(this.#random, 9) * hourMs;
    // Some come later than what was known of them before, some earlier.
    this.#ingestedMs += randomInt(this.#random, 2000) - 500;
    const close = 10 + randomInt(this.#random, 500) / 100;
    const source = sources[randomInt(this.#random, sources.length)] ?? "tradingview";
    return barOf({
      symbol: pick(["COMI", "ETEL", "EGX30"]),
      interval,
      startMs: barStartMs(interval, atMs + randomInt(this.#random, 2) * 60_000),
      open: randomInt(this.#random, 4) === 0 ? null : close + 0.0007,
      high: close + randomInt(this.#random, 3) / 7,
      low: close - randomInt(this.#random, 3) / 7,
      close,
      volume: randomInt(this.#random, 5) === 0 ? null : randomInt(this.#random, 1_000_000),
      ingestedMs: this.#ingestedMs,
      final: randomInt(this.#random, 3) > 0,
      source,
      adjusted: pick<Adjustment>(source === "yahoo" ? ["none", "splits"] : ["splits"]),
    });
  }

  /** Mostly as it is written today; some as the old producer did, and some that are refused. */
  #message(bar: Bar, at: number): string | null {
    if (at === 5 && randomInt(this.#random, 3) === 0) return null;
    const text = encodeBar(bar);
    if (at !== 2 || bar.source !== "tradingview") return text;
    return text
      .replace(/,"final":.*\}$/, "}")
      .replace(/("datetime":"[^"]*)[+-]\d\d:\d\d"/, '$1"')
      .replace(/("ingestion_timestamp":"[^"]*)Z"/, '$1"');
  }
}
