import { z } from "../../base/schema.ts";
import { cairoDate, instant, intervalCode, position, provenance } from "./common.ts";

/** Worst last. */
export const stateWord = z
  .enum(["ok", "closed", "unknown", "behind", "warn", "down"])
  .meta({ id: "StateWord", description: "`closed` is no fault, `unknown` is no ok." });
export type StateWord = z.output<typeof stateWord>;

export const feedDown = z.object({
  since: instant,
  code: z.string().meta({ description: "Why, as an error code: E_FEED_UNREACHABLE." }),
  text: z.string(),
  /** When it is tried again; null when nobody does. */
  nextRetry: instant.nullable(),
});

export const marketStatus = z
  .object({
    phase: z.enum(["pre-open", "continuous", "closing-auction", "trade-at-close", "closed"]),
    open: z.boolean(),
    /** When the phase ends, or the next session begins. */
    nextChange: instant,
    /** Why today is closed all day, `Eid al-Fitr` or `Friday`; null on a trading day. */
    holiday: z.string().nullable(),
    /** The same in Arabic; null where it has no Arabic name. */
    holidayAr: z.string().nullable(),
    /** The session that runs, or the last one that did. */
    session: cairoDate,
    /** When continuous trading of the next session begins. */
    nextOpen: instant,
    /** How sure the calendar is of today. */
    certainty: z.enum(["known", "expected", "moon", "unknown"]),
  })
  .meta({ id: "MarketStatus" });
export type MarketStatus = z.output<typeof marketStatus>;

export const silverStatus = z
  .object({
    /** Changes with every build; null before the first one. */
    digest: z.string().nullable(),
    /** When this process first saw that build. */
    seenAt: instant.nullable(),
    newest: z.array(
      z.object({
        interval: intervalCode,
        /** The date of the newest bar of any symbol. */
        date: cairoDate,
        /** Sessions that have begun after it. */
        sessionsBehind: z.int(),
        symbols: z.int(),
      }),
    ),
  })
  .meta({ id: "SilverStatus" });
export type SilverStatus = z.output<typeof silverStatus>;

/** Everything that is visible on every page. */
export const statusAnswer = z
  .object({
    version: z.string(),
    serverTime: instant,
    state: stateWord,
    /** What is wrong, worst first, a sentence each. */
    reasons: z.array(z.string()),
    mode: provenance,
    /** Null while the feed answers, and where this process has no feed. */
    feedDown: feedDown.nullable(),
    /** When the newest bar of any symbol arrived; null when none has since the start. */
    lastBarAt: instant.nullable(),
    market: marketStatus,
    silver: silverStatus,
    /** What can be done here. */
    can: z.object({
      /** Live bars: there is a log. */
      live: z.boolean(),
      /** Dead letters can be replayed. */
      replay: z.boolean(),
    }),
    position,
  })
  .meta({ id: "Status" });
export type StatusAnswer = z.output<typeof statusAnswer>;
