import { z } from "../../base/schema.ts";
import { listingOf, sectorNamed } from "../../market/universe.ts";
import type { LocalName } from "../api/common.ts";
import { indexOfSymbol } from "./index-symbols.ts";
import type { SilverSnapshot } from "./silver-snapshot.ts";

/** What is known of the company behind a symbol; null is what is not known. */
export interface Company {
  readonly name: LocalName;
  readonly sector: LocalName | null;
  readonly industry: string | null;
  readonly isin: string | null;
  readonly listedDate: string | null;
  readonly listedShares: number | null;
}

const text = z.string().nullable();
const companyRow = z.tuple([
  z.string(),
  z.string(),
  text,
  text,
  text,
  text,
  text,
  text,
  z.number().nullable(),
]);
type CompanyRow = z.output<typeof companyRow>;

/** The companies of silver's `symbols`, by {@link companyKey}. */
export async function storedCompanies(
  snapshot: SilverSnapshot,
): Promise<ReadonlyMap<string, Company>> {
  const rows = await snapshot.rows(
    "SELECT exchange, symbol, name_en, name_ar, sector, industry, isin, listed_date, " +
      "listed_shares FROM symbols",
    companyRow,
  );
  return new Map(rows.map((row) => [companyKey(row[0], row[1]), companyOfRow(row)]));
}

/** Tells companies apart that two exchanges list under one ticker. */
export function companyKey(exchange: string, symbol: string): string {
  return `${exchange}|${symbol}`;
}

/** What this release knows of a symbol. */
export function releasedCompany(symbol: string): Company {
  const listing = listingOf(symbol);
  return {
    name: indexOfSymbol(symbol)?.name ?? listing?.name ?? { en: null, ar: null },
    sector: listing?.sector ?? null,
    industry: null,
    isin: listing?.isin ?? null,
    listedDate: listing?.listedDate ?? null,
    listedShares: listing?.listedShares ?? null,
  };
}

/** Silver's facts, and those of this release where it has none. */
function companyOfRow([, symbol, en, ar, sector, ...rest]: CompanyRow): Company {
  const [industry, isin, listedDate, listedShares] = rest;
  const released = releasedCompany(symbol);
  const isIndex = indexOfSymbol(symbol) !== null;
  return {
    name: isIndex ? released.name : { en: en ?? released.name.en, ar: ar ?? released.name.ar },
    sector: sector === null ? released.sector : sectorNamed(sector),
    industry,
    isin: isin ?? released.isin,
    listedDate: listedDate ?? released.listedDate,
    listedShares: listedShares ?? released.listedShares,
  };
}
