import assert from "node:assert/strict";
import { test } from "node:test";
import type { StatusAnswer } from "../../src/serve/api/status.ts";
import { staleMs } from "../../web/src/lib/stale.ts";

type Said = Parameters<typeof staleMs>[0];

const market: StatusAnswer["market"] = {
  phase: "continuous",
  open: true,
  nextChange: "2026-07-06T11:15:00Z",
  holiday: null,
  holidayAr: null,
  session: "2026-07-06",
  nextOpen: "2026-07-07T07:00:00Z",
  certainty: "known",
};
const live = { data: "real", feed: "tradingview", delaySeconds: 0, replaySpeed: null } as const;
const status: Said = { mode: live, market, feedDown: null };
const lastMs = Date.parse("2026-07-06T09:00:00Z");

test("a bar grows stale in an open market alone", () => {
  const at = (said: Partial<Said>, last: number | null, seconds: number): number | null =>
    staleMs({ ...status, ...said }, last, lastMs + seconds * 1000);
  assert.equal(at({}, lastMs, 180), null);
  assert.equal(at({}, lastMs, 181), 181_000);
  assert.equal(at({}, null, 999), null, "nobody knows how old it is");
  const closed = { market: { ...market, phase: "closed", open: false } } as const;
  assert.equal(at(closed, lastMs, 9_999), null);
  const auction = { market: { ...market, phase: "closing-auction" } } as const;
  assert.equal(at(auction, lastMs, 400), null, "in an auction nothing trades");
  assert.equal(at({ mode: { ...live, feed: null } }, lastMs, 999), null);
  assert.equal(at({ mode: { ...live, replaySpeed: 10 } }, lastMs, 999), null);
  const down = { since: "", code: "E_FEED_UNREACHABLE", text: "", nextRetry: null };
  assert.equal(at({ feedDown: down }, lastMs, 999), null, "that is said by a bar of its own");
  const yesterday = lastMs - 86_400_000;
  assert.equal(at({}, yesterday, 60), null, "the session has only begun");
});
