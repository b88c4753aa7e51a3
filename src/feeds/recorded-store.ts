import { EgxError, invariant } from "../base/errors.ts";
import type { Bar } from "../market/bar.ts";

/** Bars of one file that are held in memory at once; some 60 bytes each. */
export const storedBarsMax = 5_000_000;

const blockRows = 65_536;
/** symbol id, startMs, open, high, low, close, volume; NaN where a bar has null. */
const rowNumbers = 7;

/** Bars of one file, held compactly so that they can be put into another order. */
export class BarStore {
  readonly #max: number;
  readonly #blocks: Float64Array[] = [];
  readonly #symbols: string[] = [];
  readonly #ids = new Map<string, number>();
  #template: Bar | null = null;
  #size = 0;

  constructor(max: number = storedBarsMax) {
    this.#max = max;
  }

  get size(): number {
    return this.#size;
  }

  /** @throws E_CONFIG when the store is full. */
  add(bar: Bar): void {
    if (this.#size === this.#max) {
      throw new EgxError("E_CONFIG", `more than ${this.#max} bars cannot be put in order`, {
        hint: "Ask for fewer with --symbols, --from and --to, or sort the file and read it in one pass.",
      });
    }
    this.#template ??= bar;
    const at = (this.#size % blockRows) * rowNumbers;
    if (at === 0) this.#blocks.push(new Float64Array(blockRows * rowNumbers));
    const block = this.#blocks.at(-1);
    invariant(block !== undefined, "a store has a block for its next bar");
    block[at] = this.#idOf(bar.symbol);
    block[at + 1] = bar.startMs;
    block[at + 2] = bar.open ?? Number.NaN;
    block[at + 3] = bar.high ?? Number.NaN;
    block[at + 4] = bar.low ?? Number.NaN;
    block[at + 5] = bar.close;
    block[at + 6] = bar.volume ?? Number.NaN;
    this.#size += 1;
  }

  /** The bar at an index of the order of adding, received at `ingestedMs`. */
  bar(index: number, ingestedMs: number): Bar {
    const template = this.#template;
    const symbol = this.#symbols[this.#number(index, 0)];
    invariant(template !== null && symbol !== undefined, `a store has no bar ${index}`);
    return {
      ...template,
      symbol,
      startMs: this.startMs(index),
      open: known(this.#number(index, 2)),
      high: known(this.#number(index, 3)),
      low: known(this.#number(index, 4)),
      close: this.#number(index, 5),
      volume: known(this.#number(index, 6)),
      ingestedMs,
    };
  }

  startMs(index: number): number {
    return this.#number(index, 1);
  }

  /** Indexes in the order of time; bars of one time in the order of adding. */
  byTime(): Uint32Array {
    return this.#indexes().sort((a, b) => this.startMs(a) - this.startMs(b) || a - b);
  }

  /** Indexes by symbol, in the order of the symbols' first bars, and then by time. */
  bySymbol(): Uint32Array {
    return this.#indexes().sort(
      (a, b) =>
        this.#number(a, 0) - this.#number(b, 0) || this.startMs(a) - this.startMs(b) || a - b,
    );
  }

  #indexes(): Uint32Array {
    return Uint32Array.from({ length: this.#size }, (_, index) => index);
  }

  #number(index: number, column: number): number {
    const block = this.#blocks[Math.floor(index / blockRows)];
    return block?.[(index % blockRows) * rowNumbers + column] ?? Number.NaN;
  }

  #idOf(symbol: string): number {
    const known = this.#ids.get(symbol);
    if (known !== undefined) return known;
    const id = this.#symbols.length;
    this.#symbols.push(symbol);
    this.#ids.set(symbol, id);
    return id;
  }
}

/** The newest bars of each symbol, `barsMax` at the most, whatever order they come in. */
export class NewestBars {
  readonly #barsMax: number;
  readonly #bySymbol = new Map<string, Bar[]>();

  constructor(barsMax: number) {
    this.#barsMax = barsMax;
  }

  add(bar: Bar): void {
    const bars = this.#bySymbol.get(bar.symbol);
    if (bars === undefined) {
      this.#bySymbol.set(bar.symbol, [bar]);
      return;
    }
    bars.push(bar);
    // Thinned out when it is twice as long, so that each bar is sorted a few times at most.
    if (bars.length > 2 * this.#barsMax + 16) this.#thin(bars);
  }

  /** Each symbol's bars in ascending time. */
  *all(): Generator<Bar> {
    for (const bars of this.#bySymbol.values()) {
      this.#thin(bars);
      yield* bars;
    }
  }

  #thin(bars: Bar[]): void {
    bars.sort((a, b) => a.startMs - b.startMs);
    bars.splice(0, Math.max(0, bars.length - this.#barsMax));
  }
}

function known(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
