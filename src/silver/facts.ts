import { sha256Hex } from "../base/bytes.ts";
import {
  completedFacts,
  type CompanyFacts,
  type StoredCompanies,
  unknownCompany,
} from "../ledger/companies.ts";
import { type Calendar, sessionOf } from "../market/calendar.ts";
import { cairoDayOf, dayOfDate } from "../market/cairo-time.ts";
import { listingOf, listings } from "../market/universe.ts";
import { columnDefinitions, columnList, symbolColumns } from "./columns.ts";
import type { ColumnValues, Database } from "../parquet/duckdb.ts";
import { copyToParquet, type ParquetMetadata } from "./partition-sql.ts";
import { type Choices, choiceKey, sameChoice, type SeriesByPartition } from "./series-choice.ts";
import { parsePartition } from "./silver-keys.ts";

/** First and last year, both inclusive, of the bars that silver holds. */
export interface Years {
  readonly first: number;
  readonly last: number;
}

interface SymbolRow {
  readonly exchange: string;
  readonly symbol: string;
  currency: string;
  first: string;
  last: string;
  bars: number;
}

const msPerDay = 86_400_000;
const universeExchange = "EGX";

/** The years of all partitions, or null when there are none. */
export function yearsOf(series: SeriesByPartition): Years | null {
  const years = [...series.keys()].flatMap((name) => parsePartition(name)?.year ?? []);
  if (years.length === 0) return null;
  return {
    first: years.reduce((least, year) => Math.min(least, year)),
    last: years.reduce((most, year) => Math.max(most, year)),
  };
}

/** Changes whenever `sessions.parquet` would have other rows. */
export function sessionsDigest(years: Years, calendar: Calendar): string {
  return sha256Hex(
    JSON.stringify([
      [years.first, years.last],
      [...calendar.closures.keys()].toSorted(),
      [...calendar.openings].toSorted(),
      calendar.hours,
    ]),
  );
}

/** Changes whenever the facts in `symbols.parquet` that no bar tells would be others. */
export function symbolsDigest(companies: StoredCompanies): string {
  return sha256Hex(JSON.stringify([symbolColumns, listings, companies.sha256]));
}

/**
 * Writes `symbols.parquet`: what the bars themselves tell of each symbol, and what is known of the
 * company: by the lake's own facts, else by the universe; null where neither knows. Gives the
 * number of rows.
 */
export async function writeSymbols(
  database: Database,
  content: {
    readonly series: SeriesByPartition;
    readonly choices: Choices;
    readonly companies: StoredCompanies;
  },
  target: { readonly file: string; readonly metadata: ParquetMetadata },
): Promise<number> {
  const rows = symbolRows(content.series, content.choices);
  const said = new Map(content.companies.companies.map((company) => [company.symbol, company]));
  const companies = rows.map(({ exchange, symbol }) =>
    exchange === universeExchange ? companyOf(symbol, said.get(symbol)) : null,
  );
  const known = (value: (company: CompanyFacts) => string | null): ColumnValues => ({
    kind: "plain",
    values: companies.map((company) => (company === null ? null : value(company))),
  });
  const plain = (value: (row: SymbolRow) => string): ColumnValues => ({
    kind: "plain",
    values: rows.map(value),
  });
  const date = (value: (row: SymbolRow) => string): ColumnValues => ({
    kind: "date",
    values: rows.map((row) => dayOf(value(row))),
  });
  const listedDay = (company: CompanyFacts | null): number | null =>
    typeof company?.listed_date === "string" ? dayOf(company.listed_date) : null;
  await database.run(`CREATE OR REPLACE TABLE symbol_rows (${columnDefinitions(symbolColumns)})`);
  await database.append("symbol_rows", [
    plain((row) => row.symbol),
    plain((row) => row.exchange),
    known(({ name_en }) => name_en),
    known(({ name_ar }) => name_ar),
    known(({ isin }) => isin),
    known(({ sector }) => sector),
    plain((row) => row.currency),
    date((row) => row.first),
    date((row) => row.last),
    { kind: "bigint", values: rows.map((row) => row.bars) },
    known(({ industry }) => industry),
    { kind: "date", values: companies.map(listedDay) },
    { kind: "bigint", values: companies.map((company) => company?.listed_shares ?? null) },
  ]);
  const select = `SELECT ${columnList(symbolColumns)} FROM symbol_rows ORDER BY symbol, exchange`;
  await database.run(copyToParquet(select, target.file, target.metadata));
  return rows.length;
}

/** What is known of a company: the lake's facts come before those of this release. */
function companyOf(symbol: string, said: CompanyFacts | undefined): CompanyFacts {
  const listing = listingOf(symbol);
  const unknown = unknownCompany(symbol);
  const released: CompanyFacts =
    listing === undefined
      ? unknown
      : {
          ...unknown,
          isin: listing.isin,
          name_en: listing.name.en,
          name_ar: listing.name.ar,
          sector: listing.sector?.en ?? null,
          listed_date: listing.listedDate,
          listed_shares: listing.listedShares,
        };
  return said === undefined ? released : completedFacts(said, released);
}

/**
 * Writes `sessions.parquet`: every day of the years, with the session that the calendar has for
 * it. Gives the number of rows.
 */
export async function writeSessions(
  database: Database,
  content: { readonly years: Years; readonly calendar: Calendar },
  target: { readonly file: string; readonly metadata: ParquetMetadata },
): Promise<number> {
  const days = daysOf(content.years);
  const sessions = days.map((date) => sessionOf(content.calendar, date));
  const numbers = days.map(dayOfDate);
  const phases = sessions.flatMap((session) => session?.phases ?? []);
  await database.run(
    "CREATE OR REPLACE TABLE days (date DATE, open TIMESTAMPTZ, close TIMESTAMPTZ)",
  );
  await database.append("days", [
    { kind: "date", values: numbers },
    { kind: "instant", values: sessions.map((session) => session?.openMs ?? null) },
    { kind: "instant", values: sessions.map((session) => session?.closeMs ?? null) },
  ]);
  await database.run(
    'CREATE OR REPLACE TABLE phases (date DATE, "name" VARCHAR, "start" TIMESTAMPTZ, "end" TIMESTAMPTZ)',
  );
  await database.append("phases", [
    { kind: "date", values: phases.map((phase) => cairoDayOf(phase.startMs)) },
    { kind: "plain", values: phases.map((phase) => phase.name) },
    { kind: "instant", values: phases.map((phase) => phase.startMs) },
    { kind: "instant", values: phases.map((phase) => phase.endMs) },
  ]);
  const select =
    "SELECT date, open IS NOT NULL AS is_trading_day, open, close, " +
    'coalesce(list({"name": "name", "start": "start", "end": "end"} ORDER BY "start") ' +
    'FILTER ("start" IS NOT NULL), []) AS phases ' +
    "FROM days LEFT JOIN phases USING (date) GROUP BY date, open, close ORDER BY date";
  await database.run(copyToParquet(select, target.file, target.metadata));
  return days.length;
}

function symbolRows(series: SeriesByPartition, choices: Choices): readonly SymbolRow[] {
  const rows = new Map<string, SymbolRow>();
  for (const [name, ofPartition] of series) {
    const interval = parsePartition(name)?.interval.code ?? "";
    for (const part of ofPartition) {
      const choice = choices.get(choiceKey(interval, part));
      if (!sameChoice(choice, { interval, ...part })) continue;
      const key = `${part.exchange}|${part.symbol}`;
      const row = rows.get(key);
      if (row === undefined) rows.set(key, { ...part });
      else addPartition(row, part);
    }
  }
  return [...rows.values()];
}

function addPartition(row: SymbolRow, part: SymbolRow): void {
  row.bars += part.bars;
  if (part.first < row.first) row.first = part.first;
  // Of two last bars on one day the greater currency: any rule that the order does not sway.
  const later = part.last > row.last || (part.last === row.last && part.currency > row.currency);
  if (!later) return;
  row.last = part.last;
  row.currency = part.currency;
}

function daysOf(years: Years): readonly Temporal.PlainDate[] {
  const days: Temporal.PlainDate[] = [];
  let date = Temporal.PlainDate.from({ year: years.first, month: 1, day: 1 });
  for (; date.year <= years.last; date = date.add({ days: 1 })) days.push(date);
  return days;
}

/** Days since 1970-01-01 of `2025-11-24`. */
function dayOf(date: string): number {
  return Date.parse(date) / msPerDay;
}
