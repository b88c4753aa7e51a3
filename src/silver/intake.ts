import type { Lake } from "../lake/lake.ts";
import { listChains } from "../ledger/chain.ts";
import { listLoads } from "../ledger/loads.ts";
import type { Database } from "../parquet/duckdb.ts";
import { type BuiltState, type ChainPosition, positionOf } from "./built-state.ts";
import type { FreshRows } from "./fresh-rows.ts";
import { loadedBars } from "./loaded-bars.ts";
import { wholeEntries } from "./streaming-entries.ts";

/** What a build takes in, and where it then stands. */
export interface Intake {
  /** Entries of chains and of loads. */
  readonly entries: number;
  readonly streaming: readonly ChainPosition[];
  /** The names of the loads that are in. */
  readonly loads: readonly string[];
}

/** Where a build takes bars from, and where it puts them. */
export interface IntakeRequest {
  /** Reads the Parquet objects of loads. */
  readonly database: Database;
  /** A scratch folder for them. */
  readonly folder: string;
  readonly lake: Lake;
  readonly state: BuiltState;
  readonly fresh: FreshRows;
  readonly signal: AbortSignal | undefined;
}

/** Puts the bars of all entries of chains and loads that the state does not know into `fresh`. */
export async function takeIn(request: IntakeRequest): Promise<Intake> {
  const chains = await takeChains(request);
  const loads = await takeLoads(request);
  return {
    entries: chains.entries + loads.length,
    streaming: chains.streaming,
    loads: [...request.state.loads, ...loads].toSorted(),
  };
}

/**
 * Chains are read one after the other, an entry at a time, so that memory is bounded by the
 * largest flush.
 */
async function takeChains({ lake, state, fresh, signal }: IntakeRequest): Promise<{
  readonly entries: number;
  readonly streaming: readonly ChainPosition[];
}> {
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

/** Loads are complete once they have an entry: their objects were written before. */
async function takeLoads(request: IntakeRequest): Promise<readonly string[]> {
  const { lake, state, fresh, signal } = request;
  const known = new Set(state.loads);
  const taken: string[] = [];
  for await (const load of listLoads(lake)) {
    if (known.has(load)) continue;
    signal?.throwIfAborted();
    for await (const { bars, object } of loadedBars(lake, load, request)) {
      await fresh.append(bars.map((bar) => ({ bar, origin: null, object })));
    }
    taken.push(load);
  }
  return taken;
}

function chainName(position: ChainPosition): string {
  return `${position.topic}/${position.log}/${String(position.partition).padStart(9, "0")}`;
}
