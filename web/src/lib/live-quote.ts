import type { BarEvent } from "../../../src/serve/api/events.ts";
import type { Quote, SnapshotAnswer } from "../../../src/serve/api/market.ts";

/** What a live bar does to a snapshot of the market. */
export type QuoteChange =
  | { readonly kind: "same" }
  | { readonly kind: "changed"; readonly snapshot: SnapshotAnswer }
  /** It is of a session that the snapshot does not have: ask for a new one. */
  | { readonly kind: "new-session"; readonly session: string };

/** Puts live bars into a snapshot. Bars older than what it shows, or of unknown symbols, change nothing. */
export function applyBars(snapshot: SnapshotAnswer, bars: readonly BarEvent[]): QuoteChange {
  const bySymbol = new Map<string, BarEvent>();
  for (const bar of bars) {
    if (snapshot.session === null || bar.date > snapshot.session) {
      return { kind: "new-session", session: bar.date };
    }
    if (bar.date === snapshot.session && speaksOfToday(bar)) bySymbol.set(bar.symbol, bar);
  }
  const quotes = snapshot.quotes.map((quote) => {
    const bar = bySymbol.get(quote.symbol);
    return (bar === undefined ? null : quoteWith(quote, bar)) ?? quote;
  });
  if (quotes.every((quote, place) => quote === snapshot.quotes[place])) return { kind: "same" };
  return { kind: "changed", snapshot: { ...snapshot, quotes, breadth: breadthOf(quotes) } };
}

/** Weeks and months say nothing of one session's close. */
function speaksOfToday({ interval }: BarEvent): boolean {
  return interval !== "1w" && interval !== "1mo";
}

/** The quote after a bar of its session; null when it says nothing new. */
function quoteWith(quote: Quote, bar: BarEvent): Quote | null {
  if (isOlder(quote, bar)) return null;
  const daily = bar.interval === "1d";
  const change = quote.previousClose === null ? null : bar.close - quote.previousClose;
  return {
    ...quote,
    state: "traded",
    last: bar.close,
    lastDate: bar.date,
    change,
    changeRatio: change === null ? null : change / (quote.previousClose ?? 1),
    open: daily ? bar.open : (quote.open ?? bar.open),
    high: daily ? bar.high : greatest(quote.high, bar.high),
    low: daily ? bar.low : least(quote.low, bar.low),
    ...(daily ? tradedBy(bar) : {}),
    final: bar.final,
    asOf: bar.time,
    source: bar.source,
  };
}

/** Whether a bar is older than what is shown, or of a source that is not the one shown. */
function isOlder({ asOf, source }: Quote, bar: BarEvent): boolean {
  return (asOf !== null && bar.time < asOf) || (source !== null && source !== bar.source);
}

/** What the session has traded, which its daily bar alone tells: parts of it wait for silver. */
function tradedBy({ volume, close }: BarEvent): Pick<Quote, "volume" | "turnover"> {
  return { volume, turnover: volume === null ? null : volume * close };
}

/** How many went up and down, and of how many it is not known. */
export function breadthOf(quotes: readonly Quote[]): SnapshotAnswer["breadth"] {
  const breadth = { up: 0, down: 0, flat: 0, noTrade: 0, missing: 0, unknown: 0 };
  for (const { state, change } of quotes) {
    if (state === "no-trade") breadth.noTrade += 1;
    else if (state === "missing") breadth.missing += 1;
    else if (state === "unknown" || change === null) breadth.unknown += 1;
    else if (change === 0) breadth.flat += 1;
    else if (change > 0) breadth.up += 1;
    else breadth.down += 1;
  }
  return breadth;
}

function least(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.min(one, other);
}

function greatest(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.max(one, other);
}
