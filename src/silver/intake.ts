import type { Lake } from "../lake/lake.ts";
import { listChains } from "../ledger/chain.ts";
import { type BuiltState, type ChainPosition, positionOf } from "./built-state.ts";
import type { FreshRows } from "./fresh-rows.ts";
import { wholeEntries } from "./streaming-entries.ts";

/** What a build takes in, and where it then stands. */
export interface Intake {
  readonly entries: number;
  readonly streaming: readonly ChainPosition[];
}

/**
 * Puts the bars of all entries behind the state's position into `fresh`. Chains are read one after
 * the other, an entry at a time, so that memory is bounded by the largest flush.
 */
export async function takeIn(
  lake: Lake,
  state: BuiltState,
  fresh: FreshRows,
  signal: AbortSignal | undefined,
): Promise<Intake> {
  const positions = new Map(state.streaming.map((position) => [chainName(position), position]));
  let entries = 0;
  for await (const chain of listChains(lake)) {
    for await (const entry of wholeEntries(lake, chain, positionOf(state, chain))) {
      signal?.throwIfAborted();
      await fresh.append(
        entry.bars.map(({ bar, object }) => ({ bar: bar.bar, origin: bar.origin, object })),
      );
      positions.set(chainName(entry.position), entry.position);
      entries += 1;
    }
  }
  const streaming = [...positions.values()].toSorted((left, right) =>
    chainName(left) < chainName(right) ? -1 : 1,
  );
  return { entries, streaming };
}

function chainName(position: ChainPosition): string {
  return `${position.topic}/${position.log}/${String(position.partition).padStart(9, "0")}`;
}
