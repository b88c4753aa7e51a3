import { z } from "../../base/schema.ts";
import { cairoDate, intervalCode, localName, nextCursor, provenance } from "./common.ts";

export const symbolSummary = z
  .object({
    symbol: z.string(),
    exchange: z.string(),
    name: localName,
    sector: localName.or(z.null()),
    isin: z.string().nullable(),
    currency: z.string().nullable(),
    /** Whether it is an index. */
    index: z.boolean(),
    /** Dates of the first and last stored bar; null when silver has none. */
    first: cairoDate.nullable(),
    last: cairoDate.nullable(),
    bars: z.int(),
  })
  .meta({ id: "SymbolSummary" });
export type SymbolSummary = z.output<typeof symbolSummary>;

export const symbolsAnswer = z
  .object({ mode: provenance, symbols: z.array(symbolSummary), next: nextCursor })
  .meta({ id: "Symbols" });
export type SymbolsAnswer = z.output<typeof symbolsAnswer>;

export const symbolAnswer = symbolSummary
  .extend({
    mode: provenance,
    /** Part of the sector; null where nobody has said it. */
    industry: z.string().nullable(),
    listedShares: z.number().nullable(),
    listedDate: cairoDate.nullable(),
    /** Whether the exchange lists it today, as far as this release knows. */
    listed: z.boolean(),
    formerSymbols: z.array(z.string()),
    /** The indices that it belongs to now. */
    memberOf: z.array(z.string()),
    /** What silver holds of it. */
    intervals: z.array(
      z.object({
        interval: intervalCode,
        source: z.string(),
        adjusted: z.string(),
        bars: z.int(),
        first: cairoDate,
        last: cairoDate,
        /** Whether `bars` shows this series; the others are in the revisions alone. */
        chosen: z.boolean(),
      }),
    ),
  })
  .meta({ id: "Symbol" });
export type SymbolAnswer = z.output<typeof symbolAnswer>;
