import type { Lake } from "../../lake/lake.ts";
import { findChainEnd } from "../../ledger/chain.ts";
import { logIdOf } from "../../ledger/layout.ts";
import type { Log } from "../../log/log.ts";

/** Records of the topic that the lake's chains do not cover yet. */
export async function backlogOf(log: Log, lake: Lake, topic: string): Promise<number> {
  const info = await log.describeTopic(topic);
  if (info === null) return 0;
  let records = 0;
  for (const { partition, start, end } of await log.offsets(topic)) {
    const chain = { topic, logId: logIdOf(info.id), partition };
    const stored = await findChainEnd(lake, chain, end);
    records += Math.max(0, end - Math.max(start, stored.end));
  }
  return records;
}
