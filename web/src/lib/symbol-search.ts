import { foldText } from "../../../src/market/fold.ts";
import type { SymbolSummary } from "../../../src/serve/api/symbols.ts";

/** Symbols in the form in which they are searched. */
export interface SymbolIndex {
  readonly entries: readonly Entry[];
}

interface Entry {
  readonly symbol: SymbolSummary;
  /** Ticker and ISIN. */
  readonly keys: readonly string[];
  readonly names: readonly string[];
  readonly all: string;
}

export function indexSymbols(symbols: readonly SymbolSummary[]): SymbolIndex {
  return {
    entries: symbols.map((symbol) => {
      const keys = [symbol.symbol, symbol.isin ?? ""].map(foldText);
      const names = [symbol.name.en ?? "", symbol.name.ar ?? ""].map(foldText);
      const sector = [symbol.sector?.en ?? "", symbol.sector?.ar ?? ""].map(foldText);
      return { symbol, keys, names, all: [...keys, ...names, ...sector].join(" ") };
    }),
  };
}

/**
 * The symbols that a person may mean, best first, however they spell them in Arabic or English:
 * by ticker, ISIN, words of the name, words of the sector. Those with bars come first.
 */
export function findSymbols(
  { entries }: SymbolIndex,
  text: string,
  max: number,
): readonly SymbolSummary[] {
  const wanted = foldText(text);
  if (wanted === "") return [];
  const words = wanted.split(" ");
  return entries
    .flatMap((entry) => {
      const rank = rankOf(entry, wanted, words);
      return rank === null ? [] : [{ rank, symbol: entry.symbol }];
    })
    .toSorted((left, right) => left.rank - right.rank)
    .slice(0, max)
    .map(({ symbol }) => symbol);
}

/** The smaller the better; null when it is not meant. */
function rankOf(
  { symbol, keys, names, all }: Entry,
  wanted: string,
  words: readonly string[],
): number | null {
  if (!words.every((word) => all.includes(word))) return null;
  const withoutBars = symbol.bars > 0 ? 0 : 0.5;
  if (keys.includes(wanted)) return 0;
  if (keys.some((key) => key.startsWith(wanted))) return 1 + withoutBars;
  if (names.some((name) => name.startsWith(wanted))) return 2 + withoutBars;
  const begins = names.some((name) => words.every((word) => ` ${name}`.includes(` ${word}`)));
  return (begins ? 3 : 4) + withoutBars;
}
