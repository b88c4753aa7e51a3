import type { Minio } from "../../../scripts/services/minio.ts";
import { FaultCase, type FaultOutcome, type FaultSize } from "./fault-case.ts";
import type { FaultWorld } from "./world.ts";

/** One kind of fault, played on real processes. */
export interface Fault {
  readonly name: string;
  /** Publishes, breaks, mends, and waits until all is stored. */
  run(this: void, c: FaultCase): Promise<void>;
  /** Why it cannot be played on this host; false when it can. */
  readonly skip?: string | false;
  /** A store of its own, given back when the case is over. */
  readonly store?: () => Promise<Minio>;
}

/** Small enough that all faults together take minutes. */
export const shortSize: FaultSize = {
  outageMs: 4_000,
  rounds: 3,
  recordsPerSecond: 300,
  patienceMs: 60_000,
};

export const longSize: FaultSize = {
  outageMs: 120_000,
  rounds: 12,
  recordsPerSecond: 1_000,
  patienceMs: 300_000,
};

/** Plays a fault once, and says what it did. */
export async function playFault(
  world: FaultWorld,
  fault: Fault,
  play: { readonly size: FaultSize; readonly run: number },
): Promise<FaultOutcome> {
  const store = await fault.store?.();
  const slug = fault.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  const name = `${slug.slice(0, 40).replace(/-$/, "")}-${play.run}`;
  try {
    const opened = await FaultCase.open(world, {
      name,
      size: play.size,
      ...(store === undefined ? {} : { store }),
    });
    try {
      await fault.run(opened);
      return await opened.outcome();
    } finally {
      world.storeFaults.play({});
      await opened.close();
    }
  } finally {
    await store?.stop();
  }
}
