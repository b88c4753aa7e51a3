import type { ErrorCode } from "../../base/error-codes.ts";
import { z } from "../../base/schema.ts";

/**
 * The API's answers, as schemas: the server checks and describes itself by them, the dashboard
 * takes its types from them. Unknown is null and never 0; instants are ISO 8601 in UTC
 * (`2025-11-24T08:00:00Z`), dates are Cairo's (`2025-11-24`).
 */

/** An instant, ISO 8601 in UTC. */
export const instant = z.string().meta({
  description: "An instant, ISO 8601 in UTC.",
  examples: ["2025-11-24T08:00:00Z"],
});

/** A date in Cairo. */
export const cairoDate = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/)
  .meta({ description: "A date in Cairo.", examples: ["2025-11-24"] });

export const intervalCode = z
  .enum(["1m", "5m", "15m", "30m", "1h", "1d", "1w", "1mo"])
  .meta({ id: "Interval", description: "A bar's length." });
export type ApiInterval = z.output<typeof intervalCode>;

export const adjustment = z.enum(["none", "splits", "dividends"]).meta({
  id: "Adjustment",
  description: "How the feed had changed prices for corporate actions.",
});
export type ApiAdjustment = z.output<typeof adjustment>;

/** A name in both languages; null where it is not known. */
export const localName = z
  .object({ en: z.string().nullable(), ar: z.string().nullable() })
  .meta({ id: "LocalName" });
export type LocalName = z.output<typeof localName>;

/**
 * Where the log stands, for all partitions; opaque. `/api/v1/events?since=…` gives exactly what
 * came after it.
 */
export const position = z.string().meta({
  description: "Where the log stands, opaque: /api/v1/events?since=… goes on from there.",
});

/** What the numbers are; part of every answer with prices. */
export const provenance = z
  .object({
    data: z.enum(["simulated", "real", "unknown"]).meta({
      description: "Whether the lake holds the exchange's bars or made-up ones.",
    }),
    /** The feed's name, `tradingview`; null where this process has none. */
    feed: z.string().nullable(),
    /** By how much the feed lags the market; null where it is not known. */
    delaySeconds: z.number().nullable(),
    /** The speed in market seconds a second of a simulation or a replay; null of a live feed. */
    replaySpeed: z.number().nullable(),
  })
  .meta({ id: "Mode", description: "What the numbers are: simulated, delayed, a replay." });
export type Mode = z.output<typeof provenance>;

/** An error, RFC 9457, as `application/problem+json`. */
export const problem = z
  .object({
    type: z.string().meta({ description: "The code as a name: urn:egx:error:E_QUERY." }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string().meta({ description: "Stable, such as E_QUERY: decide by it." }),
    hint: z.string().meta({ description: "What to do about it." }),
    /** A query's place of error, both from 1. */
    line: z.int().optional(),
    column: z.int().optional(),
    /** Names that may have been meant. */
    candidates: z.array(z.string()).optional(),
  })
  .meta({ id: "Problem", description: "An error (RFC 9457)." });
export type Problem = z.output<typeof problem>;

/** Every code that an answer may name, for those who say it in other languages. */
export type ApiErrorCode = ErrorCode;

/** Where the next page begins; null on the last one. */
export const nextCursor = z.string().nullable().meta({
  description: "Where the next page begins, to be given as `cursor`; null on the last one.",
});
