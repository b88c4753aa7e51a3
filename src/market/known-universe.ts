import { z } from "../base/schema.ts";
import { listingOf, listings, type Listing } from "./universe.ts";

/** A symbol that a feed has, by the feed's own ticker; null is what is not known. */
export interface KnownSymbol {
  readonly symbol: string;
  readonly isin: string | null;
  readonly name: string | null;
  readonly type: string | null;
  readonly currency: string | null;
}

export type SymbolChangeKind = "new" | "gone" | "renamed" | "currency";

/** What differs between two looks at the universe. */
export interface SymbolChange {
  /** When it was noticed, ISO 8601 in UTC. */
  readonly noticed: string;
  readonly kind: SymbolChangeKind;
  /** The ticker after the change; of one that is gone, its last. */
  readonly symbol: string;
  readonly isin: string | null;
  /** The ticker or the currency before; null where there was none. */
  readonly from: string | null;
  readonly to: string | null;
}

/** The symbols that a feed had when it was last asked, as a file keeps them. */
export interface KnownUniverse {
  /** When the feed was asked, ISO 8601 in UTC. */
  readonly refreshed: string;
  readonly source: string;
  readonly symbols: readonly KnownSymbol[];
  /** The newest last. */
  readonly changes: readonly SymbolChange[];
}

const format = 1;
const symbolsMax = 5000;
/** Older changes are forgotten. */
const changesMax = 2000;

const text = z.string().min(1).max(1000);
const moment = z.iso.datetime({ precision: 3 });
const fileSchema = z.strictObject({
  format: z.literal(format),
  refreshed: moment,
  source: text,
  symbols: z
    .array(
      z.strictObject({
        symbol: text,
        isin: text.nullable(),
        name: text.nullable(),
        type: text.nullable(),
        currency: text.nullable(),
      }),
    )
    .min(1)
    .max(symbolsMax),
  changes: z
    .array(
      z.strictObject({
        noticed: moment,
        kind: z.enum(["new", "gone", "renamed", "currency"]),
        symbol: text,
        isin: text.nullable(),
        from: text.nullable(),
        to: text.nullable(),
      }),
    )
    .max(changesMax),
});

/** Reads the text of a file; null when it is not one of ours, or of another format. */
export function parseKnownUniverse(content: string): KnownUniverse | null {
  let given: unknown;
  try {
    given = JSON.parse(content);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  const parsed = fileSchema.safeParse(given);
  if (!parsed.success) return null;
  const { refreshed, source, symbols, changes } = parsed.data;
  return { refreshed, source, symbols, changes };
}

/** The text of a file. */
export function knownUniverseText({ refreshed, source, symbols, changes }: KnownUniverse): string {
  const whole = { format, refreshed, source, symbols, changes: changes.slice(-changesMax) };
  return `${JSON.stringify(whole, null, 1)}\n`;
}

/** The symbols of this release, which stand in for a look that nobody has had yet. */
export function releasedSymbols(): readonly KnownSymbol[] {
  return listings
    .filter(({ listed }) => listed)
    .map(({ symbol, isin, name, currency }) => ({
      symbol,
      isin,
      name: name.en,
      type: null,
      currency,
    }));
}

/** What a feed says now, and how much of what was known before it does not contradict. */
export interface Looked {
  /** When, ISO 8601 in UTC. */
  readonly refreshed: string;
  readonly source: string;
  readonly symbols: readonly KnownSymbol[];
  /** Tickers of before of which nothing could be learned: they stay. */
  readonly unsure: readonly string[];
}

/**
 * The universe after a look at it. What is the same symbol is told by the ISIN, else by the
 * ticker. A first look is held against this release's list, whose tickers are the exchange's: one
 * that differs is no renaming.
 */
export function universeAfter(before: KnownUniverse | null, looked: Looked): KnownUniverse {
  const earlier = before?.symbols ?? releasedSymbols();
  const unsure = new Set(looked.unsure);
  const kept = earlier.filter(({ symbol }) => unsure.has(symbol));
  const symbols = [...looked.symbols, ...kept].map(completed);
  const former = keysOf(earlier);
  const present = keysOf(symbols);
  const { refreshed, source } = looked;
  const changes: SymbolChange[] = [];
  const note = (change: Omit<SymbolChange, "noticed">): void => {
    changes.push({ noticed: refreshed, ...change });
  };
  for (const now of symbols) {
    const { symbol, isin } = now;
    const was = find(former, now);
    if (was === undefined) {
      note({ kind: "new", symbol, isin, from: null, to: symbol });
      continue;
    }
    if (was.symbol !== symbol && before !== null) {
      note({ kind: "renamed", symbol, isin, from: was.symbol, to: symbol });
    }
    if (was.currency !== now.currency && was.currency !== null && now.currency !== null) {
      note({ kind: "currency", symbol, isin, from: was.currency, to: now.currency });
    }
  }
  for (const was of earlier) {
    if (find(present, was) !== undefined) continue;
    note({ kind: "gone", symbol: was.symbol, isin: was.isin, from: was.symbol, to: null });
  }
  return { refreshed, source, symbols, changes: [...(before?.changes ?? []), ...changes] };
}

/** The changes that the last look found. */
export function lastChanges({ refreshed, changes }: KnownUniverse): readonly SymbolChange[] {
  return changes.filter(({ noticed }) => noticed === refreshed);
}

/**
 * The symbols that the feed has and this release does not list, or not any more, as listings.
 * Nothing is known of them but what the feed says.
 */
export function listingsBeyond({ symbols }: KnownUniverse): readonly Listing[] {
  return symbols
    .filter((symbol) => listingFor(symbol) === undefined)
    .map(({ symbol, isin, name, currency }) => ({
      symbol,
      isin,
      name: { en: name ?? symbol, ar: null },
      sector: null,
      currency,
      listedDate: null,
      listedShares: null,
      listed: true,
      formerSymbols: [],
    }));
}

/** A symbol with the ISIN that this release knows of its ticker, when the feed says none. */
function completed(known: KnownSymbol): KnownSymbol {
  return known.isin === null ? { ...known, isin: listingFor(known)?.isin ?? null } : known;
}

function listingFor({ symbol, isin }: KnownSymbol): Listing | undefined {
  return (isin === null ? undefined : listingOf(isin)) ?? listingOf(symbol);
}

function keysOf(symbols: readonly KnownSymbol[]): ReadonlyMap<string, KnownSymbol> {
  const keys = new Map(symbols.map((known) => [`ticker ${known.symbol}`, known]));
  for (const known of symbols) if (known.isin !== null) keys.set(`isin ${known.isin}`, known);
  return keys;
}

/** The same symbol by its ISIN, else by its ticker unless that has another ISIN now. */
function find(
  keys: ReadonlyMap<string, KnownSymbol>,
  { symbol, isin }: KnownSymbol,
): KnownSymbol | undefined {
  const same = isin === null ? undefined : keys.get(`isin ${isin}`);
  if (same !== undefined) return same;
  const named = keys.get(`ticker ${symbol}`);
  const isOther = isin !== null && named !== undefined && named.isin !== null;
  return isOther ? undefined : named;
}

/** The feed's tickers: of the last look, else of this release's list. */
export function tickersOf(universe: KnownUniverse | null): readonly string[] {
  return (universe?.symbols ?? releasedSymbols()).map(({ symbol }) => symbol);
}
