import { z } from "../../base/schema.ts";
import { cairoDate, instant, intervalCode, localName, position, provenance } from "./common.ts";

/** One symbol as the newest session has it. */
export const quote = z
  .object({
    symbol: z.string(),
    name: localName,
    /** The sector's English name is its key. */
    sector: localName.or(z.null()),
    state: z.enum(["traded", "no-trade", "missing", "unknown"]).meta({
      description:
        "`traded`: the session has a bar; `no-trade`: certified that nothing was traded; " +
        "`missing`: there should be a bar; `unknown`: none, and nobody knows why yet.",
    }),
    /** The last close, of this session or, without a bar, of an earlier one. */
    last: z.number().nullable(),
    /** The date of `last`. */
    lastDate: cairoDate.nullable(),
    /** The close of the session before. */
    previousClose: z.number().nullable(),
    change: z.number().nullable(),
    /** A ratio: 0.0123 is +1.23 %. */
    changeRatio: z.number().nullable(),
    open: z.number().nullable(),
    high: z.number().nullable(),
    low: z.number().nullable(),
    /** Shares of this session. */
    volume: z.number().nullable(),
    /** In `currency`: shares times close (intraday: each bar's), since feeds give no turnover. */
    turnover: z.number().nullable(),
    /** Listed shares times `last`; null where they are not known. */
    marketValue: z.number().nullable(),
    currency: z.string().nullable(),
    /** False while the session's bar can change. */
    final: z.boolean(),
    suspect: z.boolean(),
    /** At the limit that the exchange sets for a day; null where it is not known. */
    limit: z.enum(["up", "down"]).nullable(),
    /** The start of the newest bar. */
    asOf: instant.nullable(),
    source: z.string().nullable(),
  })
  .meta({ id: "Quote" });
export type Quote = z.output<typeof quote>;

export const breadth = z
  .object({
    up: z.int(),
    down: z.int(),
    flat: z.int(),
    noTrade: z.int(),
    missing: z.int(),
    unknown: z.int(),
  })
  .meta({ id: "Breadth" });
export type Breadth = z.output<typeof breadth>;

/** Which bars the quotes are made of. */
const basis = {
  mode: provenance,
  /** The session that is shown; null when there are no bars. */
  session: cairoDate.nullable(),
  /** `1d`, or shorter bars where silver holds no daily ones of that session. */
  interval: intervalCode.or(z.null()),
};

export const snapshotAnswer = z
  .object({
    ...basis,
    quotes: z.array(quote),
    breadth,
    /** Of all symbols in EGP; null when no volume is known. */
    turnover: z.number().nullable(),
    position,
  })
  .meta({ id: "Snapshot" });
export type SnapshotAnswer = z.output<typeof snapshotAnswer>;

export const moversAnswer = z
  .object({
    ...basis,
    by: z.enum(["gainers", "losers", "active", "volume"]),
    quotes: z.array(quote),
  })
  .meta({ id: "Movers" });
export type MoversAnswer = z.output<typeof moversAnswer>;

export const indexLine = z
  .object({
    index: z.string(),
    name: localName,
    /** Null when silver holds no bars of it; `reason` says so. */
    value: z.number().nullable(),
    change: z.number().nullable(),
    changeRatio: z.number().nullable(),
    /** The date of the value. */
    date: cairoDate.nullable(),
    /** Closes, oldest first, for a small line. */
    series: z.array(z.object({ date: cairoDate, close: z.number() })),
    members: z.int().nullable(),
    reason: z.string().nullable(),
  })
  .meta({ id: "IndexLine" });
export type IndexLine = z.output<typeof indexLine>;

export const indicesAnswer = z
  .object({ mode: provenance, indices: z.array(indexLine) })
  .meta({ id: "Indices" });
export type IndicesAnswer = z.output<typeof indicesAnswer>;

export const sectorLine = z
  .object({
    sector: localName,
    symbols: z.int(),
    breadth,
    turnover: z.number().nullable(),
    marketValue: z.number().nullable(),
    /** Of the symbols that traded, weighed by turnover; null when none did. */
    changeRatio: z.number().nullable(),
  })
  .meta({ id: "SectorLine" });
export type SectorLine = z.output<typeof sectorLine>;

export const sectorsAnswer = z
  .object({ ...basis, sectors: z.array(sectorLine) })
  .meta({ id: "Sectors" });
