import { EgxError } from "../../src/base/errors.ts";
import type { BarTally, PipelineEvent } from "../../src/telemetry/events.ts";

const error = new EgxError("E_LAKE_UNREACHABLE", "no answer");
const startMs = Date.UTC(2025, 10, 24, 9);
const tally: BarTally = new Map([
  ["1m", { newest: new Map([["COMI", startMs]]), starts: new Set([startMs]) }],
]);

const byKind: { readonly [K in PipelineEvent["kind"]]: Extract<PipelineEvent, { kind: K }> } = {
  retry: { kind: "retry", operation: "put an object", error, attempt: 1, waitMs: 50 },
  recovered: { kind: "recovered", operation: "put an object", attempts: 1 },
  takeover: { kind: "takeover", partition: 0, offset: 3, rewritten: 1 },
  flushed: {
    kind: "flushed",
    partition: 0,
    reason: "interval",
    start: 3,
    end: 10,
    records: 5,
    objects: 2,
    objectSizes: [
      { records: 2, bytes: 200 },
      { records: 3, bytes: 300 },
    ],
    bars: tally,
    bytes: 700,
    deadLetters: new Map([["E_BAR_PRICE", 2]]),
    seconds: 0.2,
  },
  "claim-refused": { kind: "claim-refused", partition: 0, start: 10 },
  "partition-stopped": { kind: "partition-stopped", partition: 0, error },
  assigned: { kind: "assigned", partition: 0, generation: 1 },
  revoked: { kind: "revoked", partition: 0 },
  learned: { kind: "learned", records: 4, bars: 3, seconds: 0.1 },
  published: { kind: "published", records: 7, bytes: 900, seconds: 0.05, bars: tally },
  rejected: { kind: "rejected", symbol: "COMI", error: new EgxError("E_BAR_PRICE", "no price") },
  "symbol-failed": { kind: "symbol-failed", symbol: "COMI", error },
  gap: { kind: "gap", symbol: "COMI", interval: "1m", fromMs: startMs, toMs: startMs + 60_000 },
  notice: { kind: "notice", text: "news" },
  feed: { kind: "feed", state: "broken", delaySeconds: 900 },
  read: { kind: "read", interval: "1m", bars: 3, final: 2, delaySeconds: 900, heard: true },
  held: { kind: "held", bytes: 100, limitBytes: 1_000 },
  joined: { kind: "joined" },
  "lake-call": { kind: "lake-call", operation: "put", outcome: "ok", seconds: 0.03 },
  built: { kind: "built", bars: 10, revisions: 12, seconds: 1 },
};

/** One event of each kind that there is. */
export const everyEvent: readonly PipelineEvent[] = Object.values(byKind);
