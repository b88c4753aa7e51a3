import { sha256Hex } from "../base/bytes.ts";
import { barContent, type Bar } from "../market/bar.ts";
import { contentHash } from "./content-hash.ts";
import { PublishedSeries } from "./published-series.ts";

export const publishedBarsMaxDefault = 3_000_000;
export const publishedRejectsMaxDefault = 100_000;

/** How much is forgotten at once, so that it need not be done at every bar. */
const forgottenShare = 0.1;
const ingestionPattern = /"ingestion_timestamp"\s*:\s*"[^"]*"/g;

export interface PublishedBarsLimits {
  /** Default 3,000,000 bars: some 50 MB. */
  readonly barsMax?: number;
  /** Default 100,000 messages that are no bars. */
  readonly rejectsMax?: number;
}

/** How a bar stands to what was published of it last. */
export type Standing =
  | "new"
  | "changed"
  | "unchanged"
  /** A final bar was published, and this one is provisional. */
  | "outdated";

/**
 * What is in the topic already, by identity and source: a hash of each bar's content and whether
 * it is final. Beyond the limit the bars of the oldest times are forgotten; publishing one of
 * those again, or a provisional state after its final one, adds records to the topic and no bars
 * to silver, which takes the best revision.
 */
export class PublishedBars {
  readonly #barsMax: number;
  readonly #rejectsMax: number;
  readonly #series = new Map<string, PublishedSeries>();
  readonly #rejects = new Set<string>();
  #size = 0;

  constructor(limits: PublishedBarsLimits = {}) {
    this.#barsMax = limits.barsMax ?? publishedBarsMaxDefault;
    this.#rejectsMax = limits.rejectsMax ?? publishedRejectsMaxDefault;
  }

  /** Bars that are remembered. */
  get size(): number {
    return this.#size;
  }

  standing(bar: Bar): Standing {
    const known = this.#series.get(seriesKey(bar))?.get(bar.startMs);
    if (known === undefined) return "new";
    if (known === fingerprint(bar)) return "unchanged";
    return isFinal(known) && !bar.final ? "outdated" : "changed";
  }

  /** Remembers a bar as published; a provisional one does not displace a final one. */
  add(bar: Bar): void {
    const key = seriesKey(bar);
    let series = this.#series.get(key);
    if (series === undefined) {
      series = new PublishedSeries();
      this.#series.set(key, series);
    }
    const known = series.get(bar.startMs);
    if (known !== undefined && isFinal(known) && !bar.final) return;
    if (!series.set(bar.startMs, fingerprint(bar))) return;
    this.#size += 1;
    if (this.#size > this.#barsMax) this.#forgetOldest();
  }

  /** Remembers a message that is no bar; true when it was not known. */
  addReject(message: Uint8Array): boolean {
    const hash = rejectHash(message);
    if (this.#rejects.has(hash)) return false;
    this.#rejects.add(hash);
    const [oldest] = this.#rejects;
    if (this.#rejects.size > this.#rejectsMax && oldest !== undefined) this.#rejects.delete(oldest);
    return true;
  }

  #forgetOldest(): void {
    const times = new Float64Array(this.#size);
    let filled = 0;
    for (const series of this.#series.values()) {
      times.set(series.times, filled);
      filled += series.length;
    }
    const keep = Math.ceil(this.#barsMax * (1 - forgottenShare));
    const cutMs = times.sort()[this.#size - keep] ?? Infinity;
    for (const [key, series] of this.#series) {
      this.#size -= series.forgetBefore(cutMs);
      if (series.length === 0) this.#series.delete(key);
    }
  }
}

function seriesKey(bar: Bar): string {
  return `${bar.symbol}|${bar.exchange}|${bar.interval.code}|${bar.adjusted}|${bar.source}`;
}

/** 52 bits of the content's hash, and one that says whether the bar is final. */
function fingerprint(bar: Bar): number {
  return contentHash(barContent(bar)) * 2 + (bar.final ? 1 : 0);
}

function isFinal(known: number): boolean {
  return known % 2 === 1;
}

/** The same row gives the same message at every reading, but for the time of reading. */
function rejectHash(message: Uint8Array): string {
  const text = Buffer.from(message.buffer, message.byteOffset, message.byteLength).toString(
    "latin1",
  );
  return sha256Hex(text.replaceAll(ingestionPattern, "")).slice(0, 32);
}
