import { basename } from "node:path";
import type { Clock } from "../base/clock.ts";
import { EgxError } from "../base/errors.ts";
import type { Adjustment, Bar } from "../market/bar.ts";
import { dayOfDate } from "../market/cairo-time.ts";
import { egxCalendar, type Calendar } from "../market/calendar.ts";
import type { Interval } from "../market/interval.ts";
import type { Feed, FeedEvent, FeedRequest } from "./feed.ts";
import { checkSpeed, MarketTime } from "./market-time.ts";
import { inspectFile, readRows, type FileLayout } from "./recorded-file.ts";
import { replay } from "./recorded-replay.ts";
import type { RejectedEvent, RowContext } from "./recorded-row.ts";
import { BarStore, NewestBars } from "./recorded-store.ts";

export interface RecordedOptions {
  /** A CSV file, gzipped or not. */
  readonly path: string;
  /** The interval of its bars; inferred from its first rows when it is not given. */
  readonly interval?: Interval;
  /** How its prices were adjusted. Default `splits`. */
  readonly adjusted?: Adjustment;
  /** Market seconds a second in a replay; 0 or Infinity is as fast as possible. Default 1. */
  readonly speed?: number;
  readonly clock: Clock;
  /** Says when sessions open in a replay. Default: the exchange's regular hours. */
  readonly calendar?: Calendar;
}

/** Bars of a CSV file. `live` replays them in market time and ends with the file. */
export interface RecordedFeed extends Feed {
  /**
   * The interval of the file's bars: the one that was given, else the inferred one. Requests
   * must be for it.
   * @throws E_FILE_MISSING, E_FILE_FORMAT.
   */
  interval(): Promise<Interval>;
}

const batchBars = 1000;
/** More of a file's name is not kept in what its bars carry as their source. */
const sourceNameMax = 190;

/**
 * A feed of the bars of one file; see `docs/feeds/recorded.md` for the columns it understands.
 * @throws E_USAGE for a speed that cannot be.
 */
export function recordedFeed(options: RecordedOptions): RecordedFeed {
  checkSpeed(options.speed ?? 1);
  const file = basename(options.path);
  const source = `csv:${file.slice(0, sourceNameMax)}`;
  let inspection: Promise<FileLayout> | undefined;
  const layoutOf = (): Promise<FileLayout> =>
    (inspection ??= inspectFile(options.path, options.interval));
  const open = async (request: FeedRequest): Promise<Pass> =>
    new Pass({ ...options, source, file }, request, await layoutOf());
  return {
    source,
    delaySeconds: 0,
    interval: async () => (await layoutOf()).interval,
    history: async function* (request, signal) {
      if (signal.aborted) return;
      yield* (await open(request)).history(signal);
    },
    live: async function* (request, signal) {
      if (signal.aborted) return;
      yield* (await open(request)).live(signal);
    },
    close: async () => undefined,
  };
}

interface PassOptions extends RecordedOptions {
  readonly source: string;
  readonly file: string;
}

/** One request's way through the file. */
class Pass {
  readonly #options: PassOptions;
  readonly #layout: FileLayout;
  readonly #context: RowContext;
  readonly #barsMax: number | null;
  /** Symbols that were asked for by name: whether they occur, and whether a bar came of them. */
  readonly #asked: Map<string, "absent" | "present" | "given">;

  constructor(options: PassOptions, request: FeedRequest, layout: FileLayout) {
    const { interval, columns } = layout;
    if (request.interval.name !== interval.name) {
      throw new EgxError(
        "E_USAGE",
        `${options.file} holds ${interval.name} bars, and ${request.interval.name} was asked for`,
        { hint: `Ask for them with --interval "${interval.name}".` },
      );
    }
    this.#options = options;
    this.#layout = layout;
    this.#barsMax = request.barsMax ?? null;
    const symbols = request.symbols === "all" ? null : new Set(request.symbols);
    this.#asked = new Map([...(symbols ?? [])].map((symbol) => [symbol, "absent"]));
    this.#context = {
      columns,
      facts: {
        interval,
        source: options.source,
        exchange: "EGX",
        currency: "EGP",
        adjusted: options.adjusted ?? "splits",
      },
      selection: {
        symbols,
        fromDay: request.from === undefined ? -Infinity : dayOfDate(request.from),
        toDay: request.to === undefined ? Infinity : dayOfDate(request.to),
      },
      symbol: columns.symbol === null ? onlySymbol(request, options.file) : "",
    };
  }

  async *history(signal: AbortSignal): AsyncGenerator<FeedEvent> {
    yield* this.#notices();
    if (this.#barsMax === null && !this.#layout.descending) yield* this.#stream(signal);
    else yield* this.#sorted(signal);
    if (!signal.aborted) yield* this.#failures();
  }

  async *live(signal: AbortSignal): AsyncGenerator<FeedEvent> {
    yield* this.#notices();
    const store = new BarStore();
    yield* this.#collect(signal, (bar) => store.add(bar));
    const { clock, speed = 1, calendar = egxCalendar() } = this.#options;
    const { interval } = this.#layout;
    yield* replay(store, { clock, calendar, speed, interval }, signal);
    if (!signal.aborted) yield* this.#failures();
  }

  *#notices(): Generator<FeedEvent> {
    if (!this.#layout.inferred) return;
    const { name } = this.#layout.interval;
    const rows = `${this.#options.file}: its rows look like ${name} bars`;
    yield { kind: "notice", text: `${rows}; give --interval if they are others` };
  }

  /** The file in its own order. */
  async *#stream(signal: AbortSignal): AsyncGenerator<FeedEvent> {
    let bars: Bar[] = [];
    for await (const rows of this.#rows(signal, true)) {
      for (const row of rows) {
        if (!isRejected(row)) bars.push(row);
        else if (bars.length > 0) {
          yield { kind: "bars", bars };
          bars = [];
        }
        if (isRejected(row)) yield row;
        if (bars.length < batchBars) continue;
        yield { kind: "bars", bars };
        if (signal.aborted) return;
        bars = [];
      }
    }
    if (bars.length > 0 && !signal.aborted) yield { kind: "bars", bars };
  }

  /** The file put into ascending order, symbol by symbol. */
  async *#sorted(signal: AbortSignal): AsyncGenerator<FeedEvent> {
    if (this.#barsMax !== null) {
      const newest = new NewestBars(this.#barsMax);
      yield* this.#collect(signal, (bar) => newest.add(bar));
      yield* this.#batches(newest.all(), signal);
      return;
    }
    const store = new BarStore();
    yield* this.#collect(signal, (bar) => store.add(bar));
    const ingestedMs = this.#options.clock.nowMs();
    const bars = store
      .bySymbol()
      .values()
      .map((index) => store.bar(index, ingestedMs));
    yield* this.#batches(bars, signal);
  }

  /** Hands the bars to `keep`; gives the refused rows at once. */
  async *#collect(signal: AbortSignal, keep: (bar: Bar) => void): AsyncGenerator<RejectedEvent> {
    for await (const rows of this.#rows(signal, false)) {
      for (const row of rows) {
        if (isRejected(row)) yield row;
        else keep(row);
      }
    }
  }

  async *#rows(
    signal: AbortSignal,
    ascending: boolean,
  ): AsyncGenerator<readonly (Bar | RejectedEvent)[]> {
    const reading = {
      path: this.#options.path,
      clock: this.#options.clock,
      context: this.#context,
      ascending,
      onSymbol: (symbol: string) => {
        if (this.#asked.get(symbol) === "absent") this.#asked.set(symbol, "present");
      },
    };
    if (this.#context.symbol !== "") reading.onSymbol(this.#context.symbol);
    for await (const rows of readRows(reading, signal)) {
      for (const row of rows) {
        if (!isRejected(row) && this.#asked.size > 0) this.#asked.set(row.symbol, "given");
      }
      yield rows;
    }
  }

  /** Bars that are in memory, in batches. */
  async *#batches(bars: Iterable<Bar>, signal: AbortSignal): AsyncGenerator<FeedEvent> {
    const time = new MarketTime(this.#options.clock, Infinity);
    let batch: Bar[] = [];
    for (const bar of bars) {
      batch.push(bar);
      if (batch.length < batchBars) continue;
      if (!(await time.until(0, signal))) return;
      yield { kind: "bars", bars: batch };
      batch = [];
    }
    if (batch.length > 0 && !signal.aborted) yield { kind: "bars", bars: batch };
  }

  *#failures(): Generator<FeedEvent> {
    const { file } = this.#options;
    for (const [symbol, state] of this.#asked) {
      if (state === "given") continue;
      const error =
        state === "absent"
          ? new EgxError("E_FEED_SYMBOL_UNKNOWN", `${file} has no ${symbol}`, {
              hint: "Symbols are spelt as the file spells them.",
            })
          : new EgxError("E_FEED_NO_DATA", `${file} has no bars of ${symbol} for what was asked`);
      yield { kind: "symbol-failed", symbol, error };
    }
  }
}

function isRejected(row: Bar | RejectedEvent): row is RejectedEvent {
  return "kind" in row;
}

/** @throws E_FILE_FORMAT when the request does not say whose bars a file without symbols holds. */
function onlySymbol(request: FeedRequest, file: string): string {
  const [symbol, ...others] = request.symbols === "all" ? [] : request.symbols;
  if (symbol !== undefined && others.length === 0) return symbol;
  throw new EgxError(
    "E_FILE_FORMAT",
    `${file} has no column for the symbol (symbol, ticker or index)`,
    { hint: "Say whose bars it holds with one symbol: --symbols COMI." },
  );
}
