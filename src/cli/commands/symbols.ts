import { EgxError } from "../../base/errors.ts";
import { symbolsAsOf, symbolsSource } from "../../market/data/symbol-rows.ts";
import {
  indexMembers,
  indexNames,
  listings,
  searchListings,
  type IndexMembers,
  type Listing,
} from "../../market/universe.ts";
import { listingsBeyond, type KnownUniverse } from "../../market/known-universe.ts";
import type { CommandContext, CommandRun, Exit } from "../command.ts";
import { defaultDataFolder } from "../config/addresses.ts";
import type { SymbolsConfig } from "../config/schemas.ts";
import { writeRows } from "../output/rows.ts";
import { count } from "../output/summary.ts";
import { refreshUniverse } from "../refresh-universe.ts";
import { readUniverse } from "../universe-file.ts";

/** `egx symbols`: all of them, those that a text means, an index's members, or what has changed. */
export const symbols: CommandRun<SymbolsConfig> = async (config, context) => {
  const members = membersAsked(config);
  const folder = config.data ?? defaultDataFolder;
  const universe = config.refresh
    ? await refreshUniverse(config, context, folder)
    : await readUniverse(folder);
  if (config.changes) return writeChanges(universe, config, context);
  const [text] = context.args;
  const found = listingsMeant(text, universe).filter(
    ({ symbol }) => members === null || members.symbols.includes(symbol),
  );
  await writeRows(context.out, config.json, {
    head: ["symbol", "name", "arabic name", "sector", "currency", "listed", "isin"],
    rows: found.map(rowOf),
    json: {
      asOf: symbolsAsOf,
      source: symbolsSource,
      refreshed: universe?.refreshed ?? null,
      index: members === null ? null : { ...members, symbols: undefined },
      symbols: found,
    },
  });
  if (!config.json && config.logLevel !== "silent") {
    const list =
      universe === null
        ? `the list of ${symbolsAsOf}`
        : `the list of ${symbolsAsOf} and the feed's of ${universe.refreshed.slice(0, 10)}`;
    const of = members === null ? list : `${members.index} of ${members.validFrom}`;
    await context.err.write(
      `${count(found.length)} ${found.length === 1 ? "symbol" : "symbols"}, ${of}\n`,
    );
  }
  return found.length === 0 ? 3 : 0;
};

/** The listings of this release and of the feed that a text means; all without one. */
function listingsMeant(
  text: string | undefined,
  universe: KnownUniverse | null,
): readonly Listing[] {
  const beyond = universe === null ? [] : listingsBeyond(universe);
  if (text !== undefined) return searchListings(text, beyond);
  return [...listings, ...beyond].toSorted((one, other) => (one.symbol < other.symbol ? -1 : 1));
}

/** Writes what looks at the feed's symbols have found, the newest first. */
async function writeChanges(
  universe: KnownUniverse | null,
  { json, logLevel }: SymbolsConfig,
  { args: [text], out, err }: CommandContext,
): Promise<Exit> {
  const all = universe?.changes.toReversed() ?? [];
  const changes = all.filter(
    ({ symbol, from, isin }) => text === undefined || [symbol, from, isin].includes(text),
  );
  await writeRows(out, json, {
    head: ["noticed", "change", "symbol", "from", "to", "isin"],
    rows: changes.map(({ noticed, kind, symbol, from, to, isin }) => [
      noticed.slice(0, 10),
      kind,
      symbol,
      from,
      to,
      isin,
    ]),
    json: { refreshed: universe?.refreshed ?? null, changes },
  });
  if (!json && logLevel !== "silent") {
    const when =
      universe === null
        ? "the feed has not been asked yet: egx symbols --refresh"
        : `the feed was asked on ${universe.refreshed.slice(0, 10)}`;
    await err.write(`${count(changes.length)} changes; ${when}\n`);
  }
  return universe === null ? 3 : 0;
}

/**
 * The members of the index that was asked for; null when none was.
 * @throws E_USAGE for a date without an index, or before the first list.
 */
function membersAsked({ index, memberDate }: SymbolsConfig): IndexMembers | null {
  if (index === undefined) {
    if (memberDate === undefined) return null;
    throw new EgxError("E_USAGE", "--as-of says which members; give an index with --index egx30");
  }
  const name = indexNames.find((known) => known.toLowerCase() === index);
  const members = name === undefined ? null : indexMembers(name, memberDate?.toString());
  if (members !== null) return members;
  const first = name === undefined ? undefined : indexMembers(name)?.validFrom;
  throw new EgxError(
    "E_USAGE",
    `--as-of: the members of ${index} on ${memberDate?.toString() ?? ""} are not known here`,
    first === undefined ? {} : { hint: `The first list that is known is of ${first}.` },
  );
}

function rowOf(listing: Listing): readonly (string | null)[] {
  const { symbol, name, sector, currency, listed, listedDate, isin } = listing;
  return [
    symbol,
    name.en,
    name.ar,
    sector?.en ?? null,
    currency,
    listed ? listedDate : "not now",
    isin,
  ];
}
