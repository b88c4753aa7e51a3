import type { Log } from "../../log/log.ts";
import { decodeMessage } from "../../market/codec.ts";
import type { FeedPlan } from "../feed-plan.ts";

/**
 * A simulation that is started again goes on where its log ends: what was published before is
 * played without waiting, or nothing would move for as long as the run before lasted.
 */
export async function goOn({
  plan: { simulation },
  log,
  topic,
}: {
  readonly plan: FeedPlan;
  readonly log: Log;
  readonly topic: string;
}): Promise<void> {
  if (simulation === undefined) return;
  const newestMs = await newestArrivalMs(log, topic);
  if (newestMs !== null) simulation.goOnFrom(newestMs);
}

/** When the newest bar at the end of any partition had come, epoch milliseconds; null for none. */
async function newestArrivalMs(log: Log, topic: string): Promise<number | null> {
  const info = await log.describeTopic(topic);
  if (info === null) return null;
  let newestMs: number | null = null;
  for (const { partition, start, end } of await log.offsets(topic)) {
    if (end === start) continue;
    const offset = end - 1;
    const slice = await log.read({ topic, topicId: info.id, partition, offset, maxBytes: 1 });
    for (const { value } of slice.records) {
      const decoded = decodeMessage(value);
      if (decoded.ok) newestMs = Math.max(newestMs ?? 0, decoded.bar.ingestedMs);
    }
  }
  return newestMs;
}
