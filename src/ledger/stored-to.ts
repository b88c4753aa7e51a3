import type { Lake } from "../lake/lake.ts";
import { findChainEnd } from "./chain.ts";
import { objectsOf } from "./entry.ts";
import type { ChainId } from "./layout.ts";
import { objectState } from "./objects.ts";

/**
 * Whether every offset below `offset` is stored: covered by the chain, with the objects of its
 * last entry all there.
 */
export async function isStoredTo(lake: Lake, chain: ChainId, offset: number): Promise<boolean> {
  if (offset === 0) return true;
  const { end, last } = await findChainEnd(lake, chain, offset);
  if (end < offset || last === null) return false;
  for (const object of objectsOf(last.entry)) {
    if ((await objectState(lake, object)) !== "whole") return false;
  }
  return true;
}
