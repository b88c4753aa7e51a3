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
import type { CommandRun } from "../command.ts";
import type { SymbolsConfig } from "../config/schemas.ts";
import { writeRows } from "../output/rows.ts";
import { count } from "../output/summary.ts";

/** `egx symbols`: all of them, those that a text means, or an index's members. */
export const symbols: CommandRun<SymbolsConfig> = async (config, context) => {
  const [text] = context.args;
  const members = membersAsked(config);
  const found = (text === undefined ? listings : searchListings(text)).filter(
    ({ symbol }) => members === null || members.symbols.includes(symbol),
  );
  await writeRows(context.out, config.json, {
    head: ["symbol", "name", "arabic name", "sector", "currency", "listed", "isin"],
    rows: found.map(rowOf),
    json: {
      asOf: symbolsAsOf,
      source: symbolsSource,
      index: members === null ? null : { ...members, symbols: undefined },
      symbols: found,
    },
  });
  if (!config.json && config.logLevel !== "silent") {
    const of =
      members === null ? `the list of ${symbolsAsOf}` : `${members.index} of ${members.validFrom}`;
    await context.err.write(
      `${count(found.length)} ${found.length === 1 ? "symbol" : "symbols"}, ${of}\n`,
    );
  }
  return found.length === 0 ? 3 : 0;
};

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
