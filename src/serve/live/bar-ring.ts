import { positionText } from "./position.ts";

/** A bar that came through the log, ready to be sent. */
export interface LiveBar {
  readonly partition: number;
  readonly offset: number;
  readonly symbol: string;
  /** The interval's code: `1m`. */
  readonly interval: string;
  /** The bar's start, epoch milliseconds. */
  readonly startMs: number;
  /** The event's data: one line of JSON. */
  readonly data: string;
}

/** A bar of the ring. */
export interface RingBar extends LiveBar {
  /** The position behind it, for readers that have seen all before it. */
  readonly id: string;
}

/**
 * The newest bars of a log in the order in which they were read. Bars are numbered from 0 as they
 * come; the oldest go when there are too many.
 */
export class BarRing {
  readonly #logId: string;
  readonly #barsMax: number;
  /** By partition: all bars from this offset on that were read are here. */
  readonly #heldFrom: number[];
  /** By partition: the next offset to be read. */
  readonly #next: number[];
  #bars: RingBar[] = [];
  #first = 0;

  constructor(logId: string, starts: readonly number[], barsMax: number) {
    this.#logId = logId;
    this.#heldFrom = [...starts];
    this.#next = [...starts];
    this.#barsMax = barsMax;
  }

  get logId(): string {
    return this.#logId;
  }

  /** The number of the oldest bar that is held. */
  get first(): number {
    return this.#first;
  }

  /** One more than the number of the newest bar. */
  get end(): number {
    return this.#first + this.#bars.length;
  }

  get heldFrom(): readonly number[] {
    return this.#heldFrom;
  }

  get next(): readonly number[] {
    return this.#next;
  }

  get position(): string {
    return positionText({ logId: this.#logId, next: this.#next });
  }

  push(bar: LiveBar): void {
    this.#next[bar.partition] = bar.offset + 1;
    this.#bars.push({ ...bar, id: this.position });
    // Cut in large pieces: each cut moves what stays.
    if (this.#bars.length < this.#barsMax * 2) return;
    const gone = this.#bars.splice(0, this.#barsMax);
    for (const { partition, offset } of gone) this.#heldFrom[partition] = offset + 1;
    this.#first += gone.length;
  }

  /** All offsets of a partition before `next` have been read. */
  passed(partition: number, next: number): void {
    this.#next[partition] = next;
  }

  /** The bars of the numbers [from, to). */
  between(from: number, to: number): readonly RingBar[] {
    return this.#bars.slice(from - this.#first, to - this.#first);
  }
}
