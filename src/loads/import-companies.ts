import { EgxError, hasCode } from "../base/errors.ts";
import { retry } from "../base/retry.ts";
import { shown } from "../feeds/recorded-header.ts";
import {
  companiesKey,
  encodeCompanies,
  mergeCompanies,
  readCompanies,
  unknownCompany,
  type CompanyFacts,
} from "../ledger/companies.ts";
import { settleLakeKind } from "../ledger/lake-kind.ts";
import { parseDateTime } from "../market/date-time.ts";
import { isSymbol } from "../market/symbol.ts";
import { listingOf } from "../market/universe.ts";
import type { TableRow } from "./bar-table.ts";
import type { LoadStore } from "./commit-load.ts";
import { csvFile, openCsvTable } from "./csv-table.ts";
import { type DateOrder, inferDateOrder, isoDateText } from "./date-order.ts";
import { plainSymbol, plainText } from "./plain-text.ts";

export interface CompaniesSummary {
  /** Companies that the file has. */
  readonly companies: number;
  /** False when the lake knew all of it. */
  readonly changed: boolean;
  /** Lines that were not taken, and why. */
  readonly refused: readonly { readonly line: number; readonly reason: string }[];
}

/** The names of columns, in lower case and with `_` for all else, the best first. */
const spellings: Readonly<Record<keyof CompanyFacts, readonly string[]>> = {
  symbol: ["symbol", "ticker", "code", "reuters_code"],
  isin: ["isin", "isin_code"],
  name_en: ["name_en", "name", "company", "company_name", "description"],
  name_ar: ["name_ar", "arabic_name"],
  sector: ["sector_en", "sector", "sector_name"],
  industry: ["industry", "industry_name"],
  listed_date: ["listed_date", "listing_date", "listed"],
  listed_shares: ["listed_shares", "shares", "no_of_listed_shares", "shares_outstanding"],
};
const fields = Object.keys(spellings).filter(
  (name): name is keyof CompanyFacts => name in spellings,
);
const isinPattern = /^[A-Z]{2}[A-Z0-9]{9}\d$/;
const textLengthMax = 200;
/** More companies than the exchange will ever have. */
const companiesMax = 10_000;

type Places = Readonly<Partial<Record<keyof CompanyFacts, number>>>;

/**
 * Takes facts of companies from a CSV file into the lake, where silver's `symbols` has them from.
 * By company and fact the last file counts; what a file leaves open stays as it was. The same file
 * again changes nothing.
 * @throws E_FILE_MISSING; E_FILE_FORMAT when no column names the company, none says anything of
 *   it, or no line is understood; the lake's errors.
 */
export async function importCompanies(store: LoadStore, path: string): Promise<CompaniesSummary> {
  const table = await openCsvTable(csvFile(path));
  const places = placesOf(table.header, table.file);
  const { listed_date: datePlace } = places;
  const dates = datePlace === undefined ? [] : table.sample.map((row) => row[datePlace] ?? "");
  const order = orderOf(dates.map(plainText), table.file);
  const companies = new Map<string, CompanyFacts>();
  const refused: { readonly line: number; readonly reason: string }[] = [];
  for await (const rows of table.rows(store.signal ?? new AbortController().signal)) {
    for (const row of rows) {
      const company = companyOrReason(row, places, order);
      if (typeof company === "string") refused.push({ line: row.line, reason: company });
      else companies.set(company.symbol, company);
    }
    if (companies.size > companiesMax) throw tooMany(table.file);
  }
  throwIfAborted(store);
  const [first] = refused;
  if (companies.size === 0) {
    const why = first === undefined ? "it has no rows" : first.reason;
    throw new EgxError("E_FILE_FORMAT", `${table.file}: no line is of a company: ${why}`);
  }
  const changed = await keep(store, [...companies.values()]);
  return { companies: companies.size, changed, refused };
}

/** Merges into what the lake has; tells whether that is another thing now. */
async function keep(store: LoadStore, later: readonly CompanyFacts[]): Promise<boolean> {
  const { lake, clock, random, signal, events } = store;
  return retry(
    async () => {
      await settleLakeKind(lake, "real");
      const { companies, version } = await readCompanies(lake);
      const body = encodeCompanies(mergeCompanies(companies, later));
      if (version !== null && Buffer.compare(encodeCompanies(companies), body) === 0) return false;
      if ((await lake.replace(companiesKey, body, version)) === "replaced") return true;
      throw new EgxError("E_LAKE_CONFLICT", "another process writes the facts of companies");
    },
    {
      clock,
      random,
      ...(signal === undefined ? {} : { signal }),
      onRetry: (attempt) => events?.({ kind: "retry", operation: "companies", ...attempt }),
    },
  );
}

function placesOf(header: readonly string[], file: string): Places {
  const names = header.map((name) =>
    name
      .trim()
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, "_"),
  );
  const places: Partial<Record<keyof CompanyFacts, number>> = {};
  for (const field of fields) {
    const spelling = spellings[field].find((name) => names.includes(name));
    if (spelling !== undefined) places[field] = names.indexOf(spelling);
  }
  const named = places.symbol !== undefined || places.isin !== undefined;
  const says = Object.keys(places).some((name) => name !== "symbol");
  if (named && says) return places;
  const what = named ? "says nothing of a company" : "names a company";
  throw new EgxError(
    "E_FILE_FORMAT",
    `${file}: ${named ? "its header" : "no column"} ${what}: ${shown(header.join(","))}`,
    { hint: `Columns are known by their names: ${fields.join(", ")}.` },
  );
}

function orderOf(dates: readonly string[], file: string): DateOrder {
  const order = inferDateOrder(dates);
  if (order !== "ambiguous" && order !== "contradictory") return order;
  throw new EgxError("E_FILE_FORMAT", `${file}: its listing dates can be read in two ways`, {
    hint: "Write them as 1994-09-12.",
  });
}

function companyOrReason(row: TableRow, places: Places, order: DateOrder): CompanyFacts | string {
  try {
    return companyOf(row, places, order);
  } catch (error) {
    if (hasCode(error, "E_FILE_FORMAT")) return error.message;
    throw error;
  }
}

/** The company of a row. @throws E_FILE_FORMAT that says why it is none. */
function companyOf(
  { fields: texts, text }: TableRow,
  places: Places,
  order: DateOrder,
): CompanyFacts {
  if (texts === null) throw wrong(text, "a line that can be taken apart");
  const said = (field: keyof CompanyFacts): string | null => {
    const place = places[field];
    const value = place === undefined ? "" : plainText(texts[place] ?? "");
    return value === "" || value === "-" ? null : value.slice(0, textLengthMax);
  };
  const isin = isinOf(said("isin"));
  const symbol = plainSymbol(said("symbol") ?? listingOf(isin ?? "")?.symbol ?? "");
  if (!isSymbol(symbol)) throw wrong(symbol, "a symbol");
  return {
    ...unknownCompany(symbol),
    isin,
    name_en: said("name_en"),
    name_ar: said("name_ar"),
    sector: said("sector"),
    industry: said("industry"),
    listed_date: dateOf(said("listed_date"), order),
    listed_shares: sharesOf(said("listed_shares")),
  };
}

function isinOf(text: string | null): string | null {
  const isin = text?.toUpperCase() ?? null;
  if (isin === null || isinPattern.test(isin)) return isin;
  throw wrong(isin, "an ISIN");
}

function dateOf(text: string | null, order: DateOrder): string | null {
  const date = text === null ? null : isoDateText(text, order).slice(0, 10);
  if (date === null || parseDateTime(date) !== null) return date;
  throw wrong(date, "a date");
}

/** Whole shares of `1,261,875,720` and `1261875720.0`. */
function sharesOf(text: string | null): number | null {
  if (text === null) return null;
  const plain = /^\d{1,3}(?:,\d{3})+$/.test(text) ? text.replaceAll(",", "") : text;
  const shares = /^\d{1,15}(?:\.0*)?$/.test(plain) ? Number(plain) : 0;
  if (shares > 0) return shares;
  throw wrong(text, "a number of shares");
}

function wrong(text: string, what: string): EgxError {
  return new EgxError("E_FILE_FORMAT", `${JSON.stringify(shown(text))} is not ${what}`);
}

function tooMany(file: string): EgxError {
  return new EgxError("E_FILE_FORMAT", `${file} has more than ${companiesMax} companies`);
}

function throwIfAborted({ signal }: LoadStore): void {
  if (signal?.aborted !== true) return;
  throw new EgxError("E_ABORTED", "the import was stopped; nothing was stored");
}
