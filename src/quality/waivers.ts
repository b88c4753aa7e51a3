import type { Lake } from "../lake/lake.ts";
import { listGaps } from "../ledger/gaps.ts";

/** Why a unit's lack or defect counts for nothing, by {@link waiverKey}: a feed was asked. */
export type Waivers = ReadonlyMap<string, string>;

/** Names a unit of a symbol and interval (as the wire spells it); `date` as `2025-11-24`. */
export function waiverKey(unit: {
  readonly exchange: string;
  readonly symbol: string;
  readonly interval: string;
  readonly date: string;
}): string {
  return `${unit.exchange}|${unit.symbol}|${unit.interval}|${unit.date}`;
}

/** What closed gaps say about units that need no bars. */
export async function readWaivers(lake: Lake): Promise<Waivers> {
  const waivers = new Map<string, string>();
  for await (const { gap, closing } of listGaps(lake)) {
    const { exchange, symbol, interval } = gap;
    for (const [date, reason] of closing?.waived ?? []) {
      waivers.set(waiverKey({ exchange, symbol, interval, date }), reason);
    }
  }
  return waivers;
}
