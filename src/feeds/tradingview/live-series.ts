import { barContent, type Bar } from "../../market/bar.ts";
import { cairoDateOf } from "../../market/cairo-time.ts";
import type { Interval } from "../../market/interval.ts";
import type { FeedRequest } from "../feed.ts";
import { barsOf, finalFromMs, type Row, type SeriesFacts } from "./bars.ts";
import { ChartSession, type Series } from "./chart-session.ts";
import type { Connection } from "./connection.ts";
import type { EventQueue } from "./event-queue.ts";
import { seriesFacts, seriesRequest, type RequestFacts } from "./history.ts";
import type { TradingviewLimits } from "./limits.ts";
import { needOf } from "./need.ts";

export interface LiveSeriesOptions {
  readonly symbol: string;
  readonly interval: Interval;
  readonly facts: RequestFacts;
  readonly limits: TradingviewLimits;
  readonly queue: EventQueue;
  /** Its session ended while the connection goes on: it wants to be opened again. */
  readonly onLost: () => void;
}

/** From where on bars are wanted when a series is opened. */
export interface Since {
  /** Epoch milliseconds of a bar's start; -Infinity for as many as `barsMax`. */
  readonly ms: number;
  /** What cannot be had from here on is a gap; null when nobody knows that there is more. */
  readonly owedFromMs: number | null;
  /** Of what comes, only the newest this many. */
  readonly barsMax: number;
}

/** States of bars that are remembered, to tell what has changed. */
const recentMax = 64;

/** One symbol that is followed, across sessions and connections. */
export class LiveSeries {
  readonly #options: LiveSeriesOptions;
  /** The newest bars as they were given last, by start, in the order in which they came. */
  readonly #recent = new Map<number, Bar>();
  #session: ChartSession | null = null;
  #facts: SeriesFacts | null = null;
  /** The newest start that was given. */
  #newestMs = -Infinity;

  constructor(options: LiveSeriesOptions) {
    this.#options = options;
  }

  get symbol(): string {
    return this.#options.symbol;
  }

  /** Whether changes come in by now. */
  get isUp(): boolean {
    return this.#session !== null && this.#facts !== null;
  }

  /**
   * Where to go on after a pause: the oldest bar that could still have changed, else the newest.
   * Null before the first bar.
   */
  get resumeMs(): number | null {
    const open = [...this.#recent.values()].filter(({ final }) => !final);
    const fromMs = Math.min(this.#newestMs, ...open.map(({ startMs }) => startMs));
    return Number.isFinite(fromMs) ? fromMs : null;
  }

  /**
   * Gives the bars from `since` on that are new or have changed, a gap where they cannot be had,
   * and then follows the series.
   * @throws what {@link ChartSession.load} throws.
   */
  async open(connection: Connection, since: Since, signal: AbortSignal): Promise<void> {
    this.close();
    const { symbol, interval, facts, limits } = this.#options;
    const { clock } = facts;
    const need = needOf({ symbols: [symbol], interval, ...wantedOf(since) }, clock.nowMs());
    const session = new ChartSession({ connection, clock, limits });
    try {
      const series = await session.load(seriesRequest(symbol, facts, need), signal);
      this.#facts = seriesFacts(symbol, facts, { need, series });
      facts.onDelay(this.#facts.delaySeconds);
      this.#session = session;
      this.#give(series, since);
      session.follow({
        onRows: (rows) => this.#onRows(rows),
        onEnd: () => this.#onEnd(),
      });
    } catch (error) {
      session.close();
      throw error;
    }
  }

  /** Follows no more. Idempotent. */
  close(): void {
    this.#session?.close();
    this.#session = null;
    this.#facts = null;
  }

  /**
   * Gives as final the bars that are by now, and says in how many milliseconds the next will be;
   * Infinity when none is known. Only while changes come in: what has not been heard of since
   * before a bar's close is no bar to be sure of.
   */
  giveFinals(): number {
    if (this.#session === null || this.#facts === null) return Infinity;
    const { clock } = this.#options.facts;
    const serverMs = this.#session.connection.serverMs();
    let nextMs = Infinity;
    for (const bar of this.#recent.values()) {
      const dueMs = bar.final ? null : finalFromMs(bar.startMs, this.#facts);
      if (dueMs === null) continue;
      if (dueMs > serverMs) nextMs = Math.min(nextMs, dueMs - serverMs);
      else this.#offer({ ...bar, final: true, ingestedMs: clock.nowMs() }, "ripened");
    }
    return nextMs;
  }

  #give(series: Series, since: Since): void {
    const { queue, interval, symbol } = this.#options;
    const bars = this.#bars(series.rows.values());
    const [oldest] = bars;
    const toMs = oldest?.startMs ?? this.#options.facts.clock.nowMs();
    const { owedFromMs } = since;
    if (!series.end && owedFromMs !== null && owedFromMs < toMs) {
      queue.push({ kind: "gap", symbol, interval, fromMs: owedFromMs, toMs });
    }
    const wanted = bars.filter(({ startMs }) => startMs >= since.ms);
    for (const bar of wanted.slice(-since.barsMax)) this.#offer(bar);
  }

  #onRows(rows: readonly Row[]): void {
    for (const bar of this.#bars(rows)) this.#offer(bar);
  }

  #bars(rows: Iterable<Row>): readonly Bar[] {
    if (this.#facts === null || this.#session === null) return [];
    const { queue, facts } = this.#options;
    const serverMs = this.#session.connection.serverMs();
    const arrival = { serverMs, hostMs: facts.clock.nowMs() };
    const { bars, rejected } = barsOf(rows, this.#facts, arrival);
    for (const event of rejected) queue.push(event);
    return bars;
  }

  #offer(bar: Bar, how: "bar" | "ripened" = "bar"): void {
    const known = this.#recent.get(bar.startMs);
    // A bar that was final and is asked for again before its time by the feed's clock stays final.
    const settled = known?.final === true && !bar.final ? { ...bar, final: true } : bar;
    if (known !== undefined && barContent(known) === barContent(settled)) return;
    this.#recent.set(settled.startMs, settled);
    this.#newestMs = Math.max(this.#newestMs, settled.startMs);
    this.#options.queue[how](settled);
    if (this.#recent.size <= recentMax) return;
    const [oldest] = [...this.#recent.keys()].toSorted((one, other) => one - other);
    if (oldest !== undefined) this.#recent.delete(oldest);
  }

  /** The feed may have ended the series alone, so its session is given up, too. */
  #onEnd(): void {
    this.close();
    this.#options.onLost();
  }
}

function wantedOf({ ms, barsMax }: Since): Pick<FeedRequest, "from" | "barsMax"> {
  const limit = Number.isFinite(barsMax) ? { barsMax } : {};
  if (!Number.isFinite(ms)) return limit;
  return { ...limit, from: Temporal.PlainDate.from(cairoDateOf(ms)) };
}
