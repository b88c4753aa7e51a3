import { toEgxError } from "../../base/errors.ts";
import type { EventName } from "../api/events.ts";
import type { BarRing, LiveBar, RingBar } from "./bar-ring.ts";
import type { LiveTail } from "./live-tail.ts";
import { parsePosition, positionText, type LogPosition } from "./position.ts";
import { beginAt, missedBars, type ResetReason } from "./resume.ts";
import { frameOf, type StreamWriter } from "./stream-writer.ts";

/** What a reader wants to be told. */
export interface StreamFilter {
  /** Null for all. */
  readonly symbols: ReadonlySet<string> | null;
  /** Codes: `1m`; null for all. */
  readonly intervals: ReadonlySet<string> | null;
  readonly kinds: ReadonlySet<EventName>;
  /** The same for the same filter of bars: texts are shared by it. */
  readonly key: string;
}

/** Texts that several readers get, by filter and place; for one round. */
export type SharedTexts = Map<string, string>;

/** Bars that are written to one reader in one round. */
const roundBarsMax = 2_000;

/**
 * One reader of live bars. It keeps the place where it stands and takes its bars from the ring, so
 * a slow one holds no memory; what the ring no longer has is read from the log again.
 */
export class EventStream {
  readonly writer: StreamWriter;
  readonly filter: StreamFilter;
  readonly #tail: LiveTail | null;
  #asked: LogPosition | null;
  #ring: BarRing | null = null;
  /** The number of the next bar of the ring; null while what went before is read from the log. */
  #cursor: number | null = null;
  /** The next offset of each partition; null once the reader stands where all others do. */
  #next: number[] | null = null;
  #beginning = false;

  constructor(
    writer: StreamWriter,
    options: {
      readonly filter: StreamFilter;
      readonly tail: LiveTail | null;
      /** Where the reader stood, as an event's id had it; null or anything else for now. */
      readonly since: string | null;
    },
  ) {
    this.writer = writer;
    this.filter = options.filter;
    this.#tail = options.tail;
    this.#asked = options.since === null ? null : parsePosition(options.since);
  }

  /** The id of what the reader has seen; null when bars are still to come. */
  get id(): string | null {
    const ring = this.#ring;
    return ring !== null && this.#next === null && this.#cursor === ring.end ? ring.position : null;
  }

  /** Writes what has come since the last round; false when the reader is to be let go. */
  pump(shared: SharedTexts): boolean {
    if (this.writer.closed || this.writer.stalled) return false;
    const ring = this.#tail?.ring ?? null;
    if (ring === null || !this.writer.ready || this.#beginning) return true;
    if (ring !== this.#ring) {
      void this.#begin(ring);
      return true;
    }
    const from = this.#cursor ?? ring.end;
    // It was so slow that the ring has gone on without it.
    if (from < ring.first) return false;
    const to = Math.min(ring.end, from + roundBarsMax);
    if (to > from) this.writer.write(this.#textOf(ring, { from, to }, shared));
    this.#cursor = to;
    if (this.#next !== null && to === ring.end) this.#next = null;
    return true;
  }

  async #begin(ring: BarRing): Promise<void> {
    const tail = this.#tail;
    if (tail === null) return;
    this.#beginning = true;
    const first = this.#ring === null;
    // Who was at work when the log was made anew stands nowhere in it.
    const asked = first ? this.#asked : null;
    this.#ring = ring;
    try {
      const { next, reset } = await beginAt(tail, ring, asked);
      if (reset !== null) this.#reset(reset);
      else if (!first) this.#reset("another-log");
      await this.#catchUp(tail, ring, next);
      this.#next = next;
      this.#cursor = ring.first;
      this.#told(positionText({ logId: ring.logId, next }));
    } catch (error) {
      // The log does not answer: the reader comes again by itself, from where it stands.
      if (toEgxError(error).retryable) this.writer.end("stopping");
      else this.#goOn(ring);
    } finally {
      this.#beginning = false;
    }
  }

  #goOn(ring: BarRing): void {
    this.#reset("unreadable");
    this.#next = [...ring.next];
    this.#cursor = ring.end;
  }

  async #catchUp(tail: LiveTail, ring: BarRing, next: number[]): Promise<void> {
    for await (const { bars } of missedBars(tail, ring, next)) {
      if (this.writer.closed) return;
      const wanted = bars.filter((bar) => this.#wants(bar));
      const id = positionText({ logId: ring.logId, next });
      // Only the last one says where the reader stands: a cut in between gives some of them again.
      const frames = wanted.map(({ data }, at) => {
        return frameOf("bar", data, at === wanted.length - 1 ? id : null);
      });
      this.writer.write(frames.join(""));
      await this.writer.drained();
    }
  }

  /** Tells where the reader stands, also when nothing came. */
  #told(id: string): void {
    this.writer.write(`id: ${id}\n\n`);
  }

  #reset(reason: ResetReason): void {
    this.writer.send("reset", { reason }, null);
  }

  #textOf(
    ring: BarRing,
    { from, to }: { readonly from: number; readonly to: number },
    shared: SharedTexts,
  ): string {
    const next = this.#next;
    if (next !== null) return this.#textBehind(ring.between(from, to), ring.logId, next);
    const key = `${from}-${to} ${this.filter.key}`;
    const known = shared.get(key);
    if (known !== undefined) return known;
    const wanted = ring.between(from, to).filter((bar) => this.#wants(bar));
    const text = wanted.map(({ data, id }) => frameOf("bar", data, id)).join("");
    shared.set(key, text);
    return text;
  }

  /** Of the ring's bars those behind a place of the reader's own. */
  #textBehind(bars: readonly RingBar[], logId: string, next: number[]): string {
    const frames: string[] = [];
    for (const bar of bars) {
      const { partition, offset, data } = bar;
      if (offset < (next[partition] ?? 0)) continue;
      next[partition] = offset + 1;
      if (this.#wants(bar)) frames.push(frameOf("bar", data, positionText({ logId, next })));
    }
    return frames.join("");
  }

  #wants({ symbol, interval }: LiveBar): boolean {
    const { symbols, intervals, kinds } = this.filter;
    if (!kinds.has("bar")) return false;
    if (symbols !== null && !symbols.has(symbol)) return false;
    return intervals === null || intervals.has(interval);
  }
}
