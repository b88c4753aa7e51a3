import { z } from "../../base/schema.ts";
import { adjustment, cairoDate, instant, intervalCode } from "./common.ts";
import { pipelineAnswer } from "./pipeline.ts";
import { statusAnswer } from "./status.ts";

/**
 * The events of `/api/v1/events`. Each has the log's position as its id: who connects again with
 * `Last-Event-ID` (browsers do so by themselves) or `?since=` gets every bar that came after it,
 * also when the server was started anew meanwhile.
 */

/** A bar as it came through the log, one that can still change included. */
export const barEvent = z
  .object({
    symbol: z.string(),
    interval: intervalCode,
    time: instant,
    date: cairoDate,
    open: z.number().nullable(),
    high: z.number().nullable(),
    low: z.number().nullable(),
    close: z.number(),
    volume: z.number().nullable(),
    final: z.boolean(),
    source: z.string(),
    currency: z.string(),
    adjusted: adjustment,
    received: instant,
    /** `9f3c21ab/3:12345` */
    offset: z.string(),
  })
  .meta({ id: "BarEvent" });
export type BarEvent = z.output<typeof barEvent>;

/** Silver was built anew: what was asked of it may have changed. */
export const silverEvent = z.object({ digest: z.string() }).meta({ id: "SilverEvent" });

/** What came between is no longer in the log, or is too much: ask for snapshots again. */
export const resetEvent = z
  .object({ reason: z.enum(["expired", "another-log", "too-far", "unreadable"]) })
  .meta({ id: "ResetEvent" });

/** The server ends the stream: `slow` readers and `stopping` servers; connect again. */
export const closeEvent = z
  .object({ reason: z.enum(["slow", "stopping"]) })
  .meta({ id: "CloseEvent" });

/** By the name in the `event:` field; `heartbeat` carries the server's time. */
export const eventSchemas = {
  bar: barEvent,
  status: statusAnswer,
  pipeline: pipelineAnswer,
  silver: silverEvent,
  heartbeat: z.object({ serverTime: instant }),
  reset: resetEvent,
  close: closeEvent,
} as const;

/** The data of each event by its name. */
export type EventData = {
  readonly [Name in keyof typeof eventSchemas]: z.output<(typeof eventSchemas)[Name]>;
};
export type EventName = keyof EventData;
