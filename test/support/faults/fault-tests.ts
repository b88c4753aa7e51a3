import assert from "node:assert/strict";
import { after, test } from "node:test";
import { skipWithoutMinio } from "../services-s3.ts";
import { skipWithoutProxiedKafka } from "../services-toxiproxy.ts";
import { playFault, shortSize, type Fault } from "./fault.ts";
import { installFaultParts, startFaultWorld, type FaultWorld } from "./world.ts";

const skipAll = skipWithoutProxiedKafka === false ? skipWithoutMinio : skipWithoutProxiedKafka;

/** Tests that play each fault once, on engines of the file's own. */
export async function testFaults(faults: readonly Fault[], brokers: 1 | 3 = 1): Promise<void> {
  const world = skipAll === false ? await worldForFile(brokers) : null;
  for (const fault of faults) {
    test(fault.name, { skip: skipAll === false ? (fault.skip ?? false) : skipAll }, async (t) => {
      assert.ok(world !== null);
      const outcome = await playFault(world, fault, { size: shortSize, run: 1 });
      const { records, secondsToRecover, peakMiB, ...wrong } = outcome;
      t.diagnostic(
        `${records} records, recovered in ${secondsToRecover.toFixed(1)} s, ${peakMiB} MiB`,
      );
      assert.deepEqual(wrong, { lost: [], doubled: [], problems: [] });
      assert.ok(records > 0);
    });
  }
}

async function worldForFile(brokers: 1 | 3): Promise<FaultWorld> {
  await installFaultParts();
  const world = await startFaultWorld(brokers, "faults in tests");
  after(async () => world.stop());
  return world;
}
