import { invariant } from "../base/errors.ts";
import { memberRows } from "./data/index-members.ts";
import { renameRows, sectorRows, symbolRows } from "./data/symbol-rows.ts";
import { foldText } from "./fold.ts";

/** A name in both of the exchange's languages. */
export interface Name {
  readonly en: string;
  /** Null where it is not known. */
  readonly ar: string | null;
}

/** What is known of a symbol of the exchange; null is what is not known. */
export interface Listing {
  readonly symbol: string;
  readonly isin: string | null;
  readonly name: Name;
  readonly sector: Name | null;
  /** The currency that it trades in. */
  readonly currency: string | null;
  /** The date on which it was listed, `1994-09-12`. */
  readonly listedDate: string | null;
  /** How many shares are listed. */
  readonly listedShares: number | null;
  /** Whether it was on the exchange's list of {@link symbolsAsOf}; others are known from earlier. */
  readonly listed: boolean;
  /** Tickers under which it traded before. */
  readonly formerSymbols: readonly string[];
}

/** The exchange's indices whose members are known; `SHARIAH` is EGX33. */
export type IndexName = "EGX30" | "EGX70" | "EGX100" | "SHARIAH";

export const indexNames: readonly IndexName[] = ["EGX30", "EGX70", "EGX100", "SHARIAH"];

/** The members of an index from a date on. */
export interface IndexMembers {
  readonly index: IndexName;
  /** The date on which this list was first read; it may have held before. */
  readonly validFrom: string;
  /** The date of the next other list, exclusive; null for the newest. */
  readonly validTo: string | null;
  /** In the order of the alphabet. */
  readonly symbols: readonly string[];
}

const sectors = new Map(sectorRows.map(([number, en, ar]) => [String(number), { en, ar }]));

const sectorByName = new Map<string, Name>();
for (const { en, ar } of sectors.values()) {
  for (const name of [en, ar]) sectorByName.set(foldText(name), { en, ar });
}

/**
 * The exchange's sector of that English or Arabic name, however it is spelt, in both languages; a
 * sector that the exchange does not have keeps its name, in English alone.
 */
export function sectorNamed(name: string): Name {
  return sectorByName.get(foldText(name)) ?? { en: name, ar: null };
}

/** Every symbol that is known, in the order of the tickers. */
export const listings: readonly Listing[] = symbolRows.map(parseListing);

const byKey = new Map<string, Listing>();
for (const listing of listings) {
  for (const former of listing.formerSymbols) byKey.set(former, listing);
}
for (const listing of listings) {
  if (listing.isin !== null) byKey.set(listing.isin, listing);
  byKey.set(listing.symbol, listing);
}

/** All lists of members, by index, the oldest first. */
export const indexMemberLists: readonly IndexMembers[] = indexNames.flatMap((index) => {
  const lists = memberRows.filter(([name]) => name === index);
  return lists.map(([, validFrom, text], place) => ({
    index,
    validFrom,
    validTo: lists[place + 1]?.[1] ?? null,
    symbols: text.split(" "),
  }));
});

/** The listing of a ticker, a former ticker or an ISIN, spelt exactly. */
export function listingOf(key: string): Listing | undefined {
  return byKey.get(key);
}

/**
 * The listings that a person may mean, best first: by ticker, ISIN, or words of the English or
 * Arabic name or sector, however they are spelt. `more` are searched beside those of this release.
 */
export function searchListings(text: string, more: readonly Listing[] = []): readonly Listing[] {
  const wanted = foldText(text);
  if (wanted === "") return [];
  const words = wanted.split(" ");
  const found = [...searchable, ...more.map(searchableOf)].flatMap((entry) => {
    const rank = rankOf(entry, wanted, words);
    return rank === null ? [] : [{ rank, listing: entry.listing }];
  });
  return found.toSorted((left, right) => left.rank - right.rank).map(({ listing }) => listing);
}

/**
 * The members of an index on a Cairo date, the newest that are known without one; null for a date
 * before the first list.
 */
export function indexMembers(index: IndexName, date?: string): IndexMembers | null {
  const found = indexMemberLists.findLast(
    (list) => list.index === index && (date === undefined || list.validFrom <= date),
  );
  return found ?? null;
}

interface Searchable {
  readonly listing: Listing;
  /** Ticker, former tickers, ISIN. */
  readonly keys: readonly string[];
  readonly names: readonly string[];
  readonly all: string;
}

const searchable: readonly Searchable[] = listings.map(searchableOf);

function searchableOf(listing: Listing): Searchable {
  const { symbol, formerSymbols, isin, name, sector } = listing;
  const keys = [symbol, ...formerSymbols, isin ?? ""].map(foldText);
  const names = [name.en, name.ar ?? ""].map(foldText);
  const all = [...keys, ...names, foldText(sector?.en ?? ""), foldText(sector?.ar ?? "")].join(" ");
  return { listing, keys, names, all };
}

/** The smaller the better; null when it is not meant. */
function rankOf(
  { keys, names, all, listing }: Searchable,
  wanted: string,
  words: readonly string[],
): number | null {
  if (!words.every((word) => all.includes(word))) return null;
  const unlisted = listing.listed ? 0 : 0.5;
  if (keys.includes(wanted)) return 0;
  if (names.some((name) => name.startsWith(wanted))) return 1 + unlisted;
  if (keys.some((key) => key.startsWith(wanted))) return 2 + unlisted;
  const inName = names.some((name) => words.every((word) => ` ${name}`.includes(` ${word}`)));
  return (inName ? 3 : 4) + unlisted;
}

function parseListing(row: string): Listing {
  const fields = row.split("|");
  const [symbol = "", isin, en = "", ar, sector = "", currency, date, shares, listed] = fields;
  invariant(fields.length === 9 && symbol !== "" && en !== "", `the row ${row} has not 9 fields`);
  return {
    symbol,
    isin: known(isin),
    name: { en, ar: known(ar) },
    sector: sectors.get(sector) ?? null,
    currency: known(currency),
    listedDate: known(date),
    listedShares: known(shares) === null ? null : Number(shares),
    listed: listed === "+",
    formerSymbols: renameRows.filter(([, to]) => to === symbol).map(([from]) => from),
  };
}

function known(text: string | undefined): string | null {
  return text === undefined || text === "" ? null : text;
}
