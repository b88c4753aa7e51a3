import type { StatusAnswer } from "../../../src/serve/api/status.ts";
import { cairoDateOf } from "./cairo.ts";

/** Three bars of a minute: a feed that is silent for longer in an open market is late. */
const silentMsMax = 180_000;

/**
 * How old the newest bar is, in milliseconds, where that is too old; else null. Nothing is late
 * while the market is closed, in an auction, without a feed, or when the feed is known to be down.
 */
export function staleMs(
  { mode, market, feedDown }: Pick<StatusAnswer, "mode" | "market" | "feedDown">,
  lastMs: number | null,
  nowMs: number,
): number | null {
  const expected = mode.feed !== null && mode.replaySpeed === null && feedDown === null;
  if (!expected || market.phase !== "continuous" || lastMs === null) return null;
  // Before the first bar of a session nobody knows what is late.
  if (cairoDateOf(lastMs) !== market.session) return null;
  const ageMs = nowMs - lastMs;
  return ageMs > silentMsMax ? ageMs : null;
}
