import { decodeFrames } from "../../../src/feeds/tradingview/frames.ts";
import type { Listing, Row } from "./listings.ts";
import {
  nameOf,
  renamed,
  type RecordedSeries,
  type Recording,
  type SeriesIds,
} from "./recording.ts";

/** What a peer needs of the stand-in. */
export interface PeerHost {
  listing(name: string): Listing | undefined;
  rows(name: string, resolution: string): readonly Row[];
  /** How many bars back from the newest there are to be had. */
  readonly windowBars: number;
  /** The bars of an answer, as they are to be sent: fewer of them, say. */
  shape(rows: readonly Row[], name: string): readonly Row[];
  /** Symbols whose requests are never said to be done. */
  readonly unanswered: ReadonlySet<string>;
  readonly updateMode: string;
  readonly sessionsMax: number;
  readonly seriesPerSessionMax: number;
  readonly refusedTokens: readonly string[];
  /** A capture that is played again, instead of listings. */
  readonly recording: Recording | null;
  nowMs(): number;
  command(name: string, parameters: readonly unknown[]): void;
}

export interface PeerOut {
  send(method: string, payload: string): void;
  close(): void;
}

interface SeriesState {
  readonly name: string;
  readonly resolution: string;
  turnaround: string;
  /** Where in the rows what has been sent begins. */
  from: number;
}

/** A series of a capture that is played again. */
interface PlayedSeries {
  readonly recorded: RecordedSeries;
  readonly ids: SeriesIds;
  phase: number;
}

interface ChartState {
  readonly played: Map<string, PlayedSeries>;
  readonly symbols: Map<string, string | null>;
  readonly series: Map<string, SeriesState>;
  seriesMade: number;
}

const resolutions = new Set(["1", "5", "15", "30", "60", "1D", "1W", "1M", "D", "1H"]);

/** The server's side of one connection: what it answers to each command. */
export class Peer {
  readonly #host: PeerHost;
  readonly #out: PeerOut;
  readonly #charts = new Map<string, ChartState>();
  readonly #quotes = new Set<string>();
  /** Sessions in the life of the connection. */
  sessionsMade = 0;
  /** The most series that one of its chart sessions has had. */
  seriesPerSession = 0;
  heartbeatsBack = 0;

  constructor(host: PeerHost, out: PeerOut) {
    this.#host = host;
    this.#out = out;
  }

  /** Ids of the chart sessions that there are. */
  get sessions(): readonly string[] {
    return [...this.#charts.keys()];
  }

  /** Reads a message of the client. */
  onText(text: string): void {
    for (const frame of decodeFrames(text).frames) {
      if (frame.kind === "heartbeat") this.heartbeatsBack += 1;
      else this.#onCommand(frame.value);
    }
  }

  /** Sends a changed or new bar to whoever follows the series. */
  push(name: string, resolution: string, row: Row, via: "du" | "timescale_update"): void {
    for (const [session, chart] of this.#charts) {
      for (const [seriesId, series] of chart.series) {
        if (series.name !== name || series.resolution !== resolution) continue;
        const rows = this.#host.rows(name, resolution);
        const index = rows.findLastIndex(([time]) => time === row[0]);
        this.#bars(via, { session, seriesId, series }, [{ i: index, v: row }]);
      }
    }
  }

  #onCommand(value: object): void {
    const name = "m" in value && typeof value.m === "string" ? value.m : "";
    const parameters: readonly unknown[] = "p" in value && Array.isArray(value.p) ? value.p : [];
    this.#host.command(name, parameters);
    const [session = ""] = parameters.map(String);
    const handler = this.#handlers[name];
    if (handler !== undefined) handler(session, parameters);
  }

  readonly #handlers: Readonly<
    Record<string, (session: string, parameters: readonly unknown[]) => void>
  > = {
    set_auth_token: (token) => {
      if (!this.#host.refusedTokens.includes(token)) return;
      this.#say("protocol_error", ["bad auth token"]);
      this.#out.close();
    },
    chart_create_session: (session) => {
      if (!this.#admit(session)) return;
      this.#charts.set(session, {
        played: new Map(),
        symbols: new Map(),
        series: new Map(),
        seriesMade: 0,
      });
    },
    chart_delete_session: (session) => this.#charts.delete(session),
    switch_timezone: (session, [, zone]) => {
      if (zone === "exchange" || zone === "Etc/UTC" || zone === "Africa/Cairo") return;
      this.#critical(
        session,
        "invalid timezone",
        `method: switch_timezone. args: "[${String(zone)}]"`,
      );
    },
    resolve_symbol: (session, [, symbolId, symbol]) =>
      this.#resolve(session, String(symbolId), String(symbol)),
    create_series: (session, parameters) => this.#create(session, parameters),
    modify_series: (session, parameters) => this.#modify(session, parameters),
    remove_series: (session, [, seriesId]) => {
      const chart = this.#charts.get(session);
      if (chart?.played.delete(String(seriesId)) === true) return;
      const known = chart?.series.delete(String(seriesId)) ?? false;
      if (!known) this.#critical(session, "invalid_parameters", "remove_series");
    },
    request_more_data: (session, [, seriesId, count]) =>
      this.#more(session, String(seriesId), Number(count)),
    quote_create_session: (session) => {
      if (this.#admit(session)) this.#quotes.add(session);
    },
    quote_delete_session: (session) => this.#quotes.delete(session),
    quote_add_symbols: (session, [, ...names]) => {
      if (!this.#quotes.has(session)) return;
      // The object `force_permission` that some clients add is no symbol.
      for (const name of names) if (typeof name === "string") this.#quote(session, name);
    },
  };

  #admit(session: string): boolean {
    this.sessionsMade += 1;
    if (this.sessionsMade <= this.#host.sessionsMax) return true;
    this.#critical(session, "max sessions rate reached", "");
    return false;
  }

  #resolve(session: string, symbolId: string, symbol: string): void {
    const chart = this.#charts.get(session);
    if (chart === undefined) return;
    if (chart.symbols.has(symbolId)) return this.#critical(session, "duplicate id", symbolId);
    const name = nameOf(symbol);
    if (this.#host.recording?.knows(name) === true) {
      // What was said of it comes with its series.
      chart.symbols.set(symbolId, name);
      return;
    }
    const listing = this.#host.listing(name);
    const refused = listing === undefined ? ["invalid symbol"] : listing.refused;
    chart.symbols.set(symbolId, refused === undefined ? name : null);
    if (refused !== undefined) return this.#say("symbol_error", [session, symbolId, ...refused]);
    this.#say("symbol_resolved", [session, symbolId, infoOf(name, listing)]);
  }

  #create(session: string, parameters: readonly unknown[]): void {
    const chart = this.#charts.get(session);
    if (chart === undefined) return;
    const [, seriesId = "", turnaround = "", symbolId = "", resolution = ""] =
      parameters.map(String);
    if (!this.#admitSeries(session, chart)) return;
    if (chart.series.has(seriesId)) return this.#critical(session, "duplicate id", seriesId);
    const name = chart.symbols.get(symbolId);
    const recorded = this.#host.recording?.find(name ?? "", resolution);
    if (recorded !== undefined) {
      const ids = { session, seriesId, turnaround, symbolId };
      chart.played.set(seriesId, { recorded, ids, phase: 0 });
      return this.#play(chart, seriesId);
    }
    const fault = resolutions.has(resolution)
      ? "resolve error"
      : `unsupported resolution: ${resolution}`;
    if (typeof name !== "string" || !resolutions.has(resolution)) {
      return this.#say("series_error", [session, seriesId, turnaround, fault, "stand-in"]);
    }
    const { count, until } = askedOf(parameters[5]);
    const from = this.#placeAfter(name, resolution, until);
    chart.series.set(seriesId, { name, resolution, turnaround, from });
    this.#say("series_loading", [session, seriesId, turnaround]);
    this.#answer(session, seriesId, count);
  }

  #admitSeries(session: string, chart: ChartState): boolean {
    chart.seriesMade += 1;
    this.seriesPerSession = Math.max(this.seriesPerSession, chart.seriesMade);
    if (chart.seriesMade <= this.#host.seriesPerSessionMax) return true;
    this.#critical(session, "exceed limit of series in the session", "");
    return false;
  }

  /** Where the bars begin that start after a time. */
  #placeAfter(name: string, resolution: string, seconds: number): number {
    const rows = this.#host.rows(name, resolution);
    const later = rows.findIndex(([time = 0]) => time > seconds);
    return later === -1 ? rows.length : later;
  }

  #modify(session: string, parameters: readonly unknown[]): void {
    const [, seriesId = "", turnaround = ""] = parameters.map(String);
    const series = this.#charts.get(session)?.series.get(seriesId);
    if (series === undefined) return this.#critical(session, "invalid_parameters", "modify_series");
    series.turnaround = turnaround;
    series.from = this.#host.rows(series.name, series.resolution).length;
    this.#answer(session, seriesId, 300);
  }

  /** Says what was said next of a series in the capture. */
  #play(chart: ChartState, seriesId: string): void {
    const played = chart.played.get(seriesId);
    if (played === undefined) return;
    const { recorded, ids } = played;
    const phase = recorded.phases[played.phase];
    if (phase === undefined) {
      // Nobody asked for more when it was captured.
      const { session, turnaround } = ids;
      const end = { data_completed: "end" };
      const { updateMode } = this.#host;
      return this.#say("series_completed", [session, seriesId, updateMode, turnaround, end]);
    }
    for (const message of phase) {
      this.#out.send(message.m, renamed(message, recorded.ids, ids));
    }
    played.phase += 1;
  }

  #more(session: string, seriesId: string, count: number): void {
    const chart = this.#charts.get(session);
    if (chart?.played.has(seriesId) === true) return this.#play(chart, seriesId);
    if (this.#charts.get(session)?.series.has(seriesId) === true) {
      return this.#answer(session, seriesId, count);
    }
    this.#critical(session, "invalid_parameters", "request_more_data");
  }

  /** The next older bars, then that they are all. */
  #answer(session: string, seriesId: string, count: number): void {
    const series = this.#charts.get(session)?.series.get(seriesId);
    if (series === undefined) return;
    const all = this.#host.rows(series.name, series.resolution);
    const oldest = Math.max(0, all.length - this.#host.windowBars);
    const until = Math.min(series.from, all.length);
    series.from = Math.max(Math.min(oldest, until), until - count);
    const rows = this.#host.shape(all.slice(series.from, until), series.name);
    const entries = rows.map((v, place) => ({ i: series.from + place, v }));
    if (entries.length > 0) this.#bars("timescale_update", { session, seriesId, series }, entries);
    const { updateMode, unanswered } = this.#host;
    if (unanswered.has(series.name)) return;
    const end = series.from === 0 ? { data_completed: "end" } : {};
    const more = { rt_update_period: 5, ...end };
    this.#say("series_completed", [session, seriesId, updateMode, series.turnaround, more]);
  }

  #bars(
    method: string,
    at: { readonly session: string; readonly seriesId: string; readonly series: SeriesState },
    entries: readonly { readonly i: number; readonly v: Row }[],
  ): void {
    const update = { node: "stand-in", s: entries, ns: { d: "", indexes: [] } };
    const series = { [at.seriesId]: { ...update, t: at.series.turnaround } };
    const scale = { index: 0, zoffset: 0, changes: entries.map(({ v }) => v[0]), marks: [] };
    this.#say(method, [at.session, series, ...(method === "du" ? [] : [scale])]);
  }

  #quote(session: string, symbol: string): void {
    const listing = this.#host.listing(nameOf(symbol));
    if (listing === undefined || listing.refused !== undefined) {
      const s = listing === undefined ? "error" : "permission_denied";
      return this.#say("qsd", [session, { n: symbol, s, errmsg: "no such symbol", v: {} }]);
    }
    const last = this.#host.rows(listing.name, "1D").at(-1);
    const values = {
      lp: last?.[4] ?? 1e100,
      lp_time: last?.[0],
      update_mode: this.#host.updateMode,
    };
    this.#say("qsd", [session, { n: symbol, s: "ok", v: values }]);
    this.#say("qsd", [session, { n: symbol, s: "ok", v: { volume: last?.[5] ?? 1e100 } }]);
    this.#say("quote_completed", [session, symbol]);
  }

  #critical(session: string, reason: string, info: string): void {
    this.#charts.delete(session);
    this.#quotes.delete(session);
    this.#say("critical_error", [session, reason, info]);
  }

  #say(method: string, p: readonly unknown[]): void {
    const ms = this.#host.nowMs();
    const message = { m: method, p, t: Math.floor(ms / 1000), t_ms: ms };
    this.#out.send(method, JSON.stringify(message));
  }
}

/** A number of bars, or `["bar_count", <seconds>, <number>]` for those up to a time. */
function askedOf(asked: unknown): { readonly count: number; readonly until: number } {
  if (!Array.isArray(asked)) return { count: Number(asked), until: Infinity };
  const [, until, count] = asked.map(Number);
  return { count: count ?? 0, until: until ?? Infinity };
}

function infoOf(name: string, listing: Listing | undefined): object {
  const [exchange = "", ticker = ""] = name.split(":");
  return {
    name: ticker,
    full_name: name,
    pro_name: name,
    description: `${ticker} S.A.E.`,
    local_description: "البنك التجاري الدولي",
    exchange,
    listed_exchange: exchange,
    timezone: "Africa/Cairo",
    currency_code: "EGP",
    type: "stock",
    typespecs: ["common"],
    session: "1000-1430:12345",
    pricescale: 100,
    minmov: 1,
    has_intraday: true,
    visible_plots_set: "ohlcv",
    ...listing?.info,
  };
}
