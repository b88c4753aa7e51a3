import { sha256Hex, textOf } from "../base/bytes.ts";
import { EgxError } from "../base/errors.ts";
import { z } from "../base/schema.ts";
import type { Lake } from "../lake/lake.ts";
import { sealed } from "./sealed.ts";

/** Where a lake keeps what people have said of companies. */
export const companiesKey = "_ledger/companies.json";

/** What somebody's file says of a company; null is what it does not say. */
export interface CompanyFacts {
  readonly symbol: string;
  readonly isin: string | null;
  readonly name_en: string | null;
  readonly name_ar: string | null;
  readonly sector: string | null;
  readonly industry: string | null;
  /** `1994-09-12` */
  readonly listed_date: string | null;
  readonly listed_shares: number | null;
}

/** The facts of a lake, in the order of the symbols. */
export interface StoredCompanies {
  readonly companies: readonly CompanyFacts[];
  /** Of the object; null when there is none. */
  readonly version: string | null;
  /** SHA-256 of the object's bytes; null when there is none. */
  readonly sha256: string | null;
}

/** A company of which nothing is known. */
export function unknownCompany(symbol: string): CompanyFacts {
  return {
    symbol,
    isin: null,
    name_en: null,
    name_ar: null,
    sector: null,
    industry: null,
    listed_date: null,
    listed_shares: null,
  };
}

const text = z.string().min(1).nullable();
const fileSchema = z.object({
  format: z.literal(1),
  companies: z.array(
    z.object({
      symbol: z.string().min(1),
      isin: text,
      name_en: text,
      name_ar: text,
      sector: text,
      industry: text,
      listed_date: text,
      listed_shares: z.number().int().positive().nullable(),
    }),
  ),
});

/**
 * Reads the facts of a lake; none when nobody has given any.
 * @throws E_LEDGER_DAMAGED
 */
export async function readCompanies(lake: Lake): Promise<StoredCompanies> {
  const stored = await lake.get(companiesKey);
  if (stored === null) return { companies: [], version: null, sha256: null };
  const { body, version } = stored;
  try {
    const { companies } = fileSchema.parse(JSON.parse(textOf(body)));
    if (Buffer.compare(encodeCompanies(companies), body) === 0) {
      return { companies, version, sha256: sha256Hex(body) };
    }
  } catch (error) {
    throw damaged(error);
  }
  throw damaged(undefined);
}

/**
 * Puts facts into a lake that has none; those that it has stay. Idempotent; any number of processes
 * may call it at once.
 */
export async function settleCompanies(
  lake: Lake,
  companies: readonly CompanyFacts[],
): Promise<void> {
  await lake.create(companiesKey, encodeCompanies(companies));
}

/** The object's bytes: the same facts give the same ones, in whatever order. */
export function encodeCompanies(companies: readonly CompanyFacts[]): Uint8Array {
  const sorted = companies.toSorted((one, other) => (one.symbol < other.symbol ? -1 : 1));
  return sealed(fileSchema.parse({ format: 1, companies: sorted }));
}

/**
 * The facts of before with later ones: by symbol and field the later one counts; a field that
 * the later one leaves open keeps what it was.
 */
export function mergeCompanies(
  before: readonly CompanyFacts[],
  later: readonly CompanyFacts[],
): readonly CompanyFacts[] {
  const merged = new Map(before.map((company) => [company.symbol, company]));
  for (const company of later) {
    const known = merged.get(company.symbol);
    merged.set(company.symbol, known === undefined ? company : completedFacts(company, known));
  }
  return [...merged.values()];
}

/** The facts of a company, and those of `known` where it has none. */
export function completedFacts(company: CompanyFacts, known: CompanyFacts): CompanyFacts {
  return {
    symbol: company.symbol,
    isin: company.isin ?? known.isin,
    name_en: company.name_en ?? known.name_en,
    name_ar: company.name_ar ?? known.name_ar,
    sector: company.sector ?? known.sector,
    industry: company.industry ?? known.industry,
    listed_date: company.listed_date ?? known.listed_date,
    listed_shares: company.listed_shares ?? known.listed_shares,
  };
}

function damaged(cause: unknown): EgxError {
  return new EgxError("E_LEDGER_DAMAGED", `${companiesKey} is not as it was written`, {
    cause,
    details: { key: companiesKey },
    hint: "Delete it and import the companies again: egx import companies FILE.csv.",
  });
}
