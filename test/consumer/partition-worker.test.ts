import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../../src/base/clock.ts";
import { EgxError, hasCode } from "../../src/base/errors.ts";
import type { SealedBatch } from "../../src/consumer/batch.ts";
import { ChainWriter, type ClaimedBatch } from "../../src/consumer/chain-writer.ts";
import { runConsumer } from "../../src/consumer/consumer.ts";
import type { WorkerOptions } from "../../src/consumer/partition-worker.ts";
import { makeRig, message, rigOptions, type Rig } from "../support/consumer-rig.ts";

/** Messages of which a read gives three, and two are more than a worker may hold. */
const budgetBytes = 500_000;
const large = (minute: number): string =>
  message(minute).replace('"v":1', `"note":"${"x".repeat(300_000)}","v":1`);
const sixLarge = [0, 1, 2, 3, 4, 5].map(large);

/** Runs a consumer to the log's end, and no longer than a test may wait. */
function consumeWithin(
  rig: Rig,
  makeWriter: NonNullable<WorkerOptions["makeWriter"]>,
): ReturnType<typeof runConsumer> {
  const options = { ...rigOptions(rig.log, rig.lake, rig.events), budgetBytes };
  return runConsumer({ ...options, signal: AbortSignal.timeout(20_000) }, makeWriter);
}

test("a refused batch weighs on the budget no more, and reading goes on", async (t) => {
  const rig = await makeRig(t);
  await rig.publish(...sixLarge);
  let isOvertaken = false;
  /** Before its first claim another process, which took it for dead, claims and writes the same. */
  class Overtaken extends ChainWriter {
    override async claim(batch: SealedBatch): Promise<ClaimedBatch | null> {
      if (!isOvertaken) {
        isOvertaken = true;
        const options = { ...this.context.options, writer: "another" };
        const other = new ChainWriter({ ...this.context, options }, this.chain, this.signal);
        await other.takeOver();
        const claimed = await other.claim(batch);
        assert.ok(claimed !== null);
        await other.write(claimed);
      }
      return super.claim(batch);
    }
  }
  const { stored } = await consumeWithin(rig, (...given) => new Overtaken(...given));
  assert.ok(rig.events.some(({ kind }) => kind === "claim-refused"));
  const { summary, findings } = await rig.verify();
  assert.deepEqual(findings, []);
  assert.equal(summary.records, 6);
  assert.ok(stored > 0 && stored < 6, `it stored ${stored} of them`);
});

test("a write that fails for good stops a partition that waits for the budget", async (t) => {
  const rig = await makeRig(t);
  await rig.publish(...sixLarge);
  class Broken extends ChainWriter {
    override async write(): Promise<void> {
      // By now the worker waits until what is being written is held no more.
      await systemClock.sleep(100);
      throw new EgxError("E_INTERNAL", "broken");
    }
  }
  await assert.rejects(
    consumeWithin(rig, (...given) => new Broken(...given)),
    (error) => hasCode(error, "E_INTERNAL"),
  );
});
