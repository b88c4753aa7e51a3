import { z } from "../../base/schema.ts";
import {
  adjustment,
  cairoDate,
  instant,
  intervalCode,
  nextCursor,
  position,
  provenance,
} from "./common.ts";

const price = z.number().nullable();

/** One bar; prices in `currency`, null when the feed gave none. */
export const apiBar = z
  .object({
    /** The bar's start. */
    time: instant,
    /** Its trading date; of a week its Sunday, of a month its 1st. */
    date: cairoDate,
    open: price,
    high: price,
    low: price,
    close: z.number(),
    /** Shares. */
    volume: z.number().nullable(),
    /** False while the bar can still change. */
    final: z.boolean(),
    source: z.string(),
    adjusted: adjustment,
    /** Names of the rules that the bar breaks. */
    suspect: z.array(z.string()),
    /** How often it was received: 1 when it never changed. */
    revisions: z.int(),
    /** The record that it came from, `9f3c21ab/3:12345`; null for a bar of a load. */
    offset: z.string().nullable(),
    received: instant,
  })
  .meta({ id: "Bar" });
export type ApiBar = z.output<typeof apiBar>;

/** A session that has no bars, or not all. Days without a session have no entry at all. */
export const sessionGap = z
  .object({
    date: cairoDate,
    state: z.enum(["missing", "no-trade", "degraded", "pending", "unknown"]).meta({
      description:
        "`missing`: there should be bars; `no-trade`: nothing was traded; `degraded`: a part is " +
        "missing or wrong; `pending`: it may still come; `unknown`: not certified.",
    }),
    /** Intraday: the parts that are missing. */
    parts: z.array(z.object({ from: instant, to: instant })),
    defects: z.array(z.string()),
  })
  .meta({ id: "SessionGap" });
export type SessionGap = z.output<typeof sessionGap>;

export const barsAnswer = z
  .object({
    mode: provenance,
    symbol: z.string(),
    interval: intervalCode,
    currency: z.string().nullable(),
    /** Only what had been received by then; null for all. */
    asOf: instant.nullable(),
    /** Oldest first. */
    bars: z.array(apiBar),
    /** The sessions of the page's range without bars, or without all, oldest first. */
    gaps: z.array(sessionGap),
    next: nextCursor,
    /** What silver covers: the event stream goes on from here. */
    position,
  })
  .meta({ id: "Bars" });
export type BarsAnswer = z.output<typeof barsAnswer>;

/** One version of a bar, oldest first. */
export const apiRevision = apiBar
  .omit({ revisions: true })
  .extend({
    /** Whether it is the one that `bars` shows. */
    counts: z.boolean(),
    /** What differs from the version before of the same source; empty for the first one. */
    changed: z.array(
      z.object({
        field: z.enum(["open", "high", "low", "close", "volume", "final"]),
        from: z.union([z.number(), z.boolean(), z.null()]),
        to: z.union([z.number(), z.boolean(), z.null()]),
      }),
    ),
  })
  .meta({ id: "Revision" });
export type ApiRevision = z.output<typeof apiRevision>;

export const revisionsAnswer = z
  .object({
    mode: provenance,
    symbol: z.string(),
    interval: intervalCode,
    /** By bar, then as they were received. Of bars with one version nothing is told. */
    revisions: z.array(apiRevision),
    next: nextCursor,
  })
  .meta({ id: "Revisions" });
export type RevisionsAnswer = z.output<typeof revisionsAnswer>;

/** Where a version of a bar lies, and whether what lies there is what was written. */
export const lineage = z
  .object({
    time: instant,
    close: z.number(),
    final: z.boolean(),
    source: z.string(),
    received: instant,
    counts: z.boolean(),
    /** The object in the lake. */
    object: z.string(),
    /** The line of a streaming object, the row of a load's; from 1, null when not found. */
    line: z.int().nullable(),
    /** The ledger's entry that names the object. */
    entry: z.string().nullable(),
    /** `9f3c21ab/3:12345`; null for a bar of a load. */
    offset: z.string().nullable(),
    /** The name of a load; null for a record of the log. */
    load: z.string().nullable(),
    digest: z.enum(["as written", "damaged", "missing", "named by no entry"]),
    /** The line as it is stored; null for a bar of a load. */
    text: z.string().nullable(),
  })
  .meta({ id: "Lineage" });
export type Lineage = z.output<typeof lineage>;

export const traceAnswer = z
  .object({
    mode: provenance,
    symbol: z.string(),
    interval: intervalCode,
    versions: z.array(lineage),
  })
  .meta({ id: "Trace" });
export type TraceAnswer = z.output<typeof traceAnswer>;
