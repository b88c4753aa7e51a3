import { setTimeout as sleep } from "node:timers/promises";
import type { Fault } from "./fault.ts";
import type { FaultCase } from "./fault-case.ts";
import { poison } from "./poison.ts";
import { steps } from "./steps.ts";

/** A consumer dies at each step in turn, each time amid what the one before has left behind. */
async function killedAtEachStep(c: FaultCase): Promise<void> {
  for (const step of steps) {
    await c.generator.publish(300, poison.slice(0, 3));
    const { signal } = await c.shortLived(step).ended;
    c.expect(signal === "SIGKILL", `no consumer came to the step "${step}"`);
  }
  c.mended();
  c.consumer();
  await c.settle();
}

/** Frozen with a batch in hand, thought dead, and awake again when another has gone on. */
async function zombie(c: FaultCase): Promise<void> {
  for (let round = 0; round < c.size.rounds; round += 1) {
    const load = c.generator.load(c.size.recordsPerSecond);
    const frozen = c.shortLived(null);
    await frozen.told(/stored/);
    frozen.signal("SIGSTOP");
    const heir = c.shortLived(null);
    await heir.told(/stored/);
    const seen = frozen.stderr.length;
    frozen.signal("SIGCONT");
    c.mended();
    await frozen.told(/assigned|takeover|claim-refused/, seen);
    await load.stop();
    await c.settle();
    await frozen.stop();
    await heir.stop();
  }
}

/** One consumer, three, one …: orderly rebalances under load. */
async function scaled(c: FaultCase): Promise<void> {
  const load = c.generator.load(c.size.recordsPerSecond);
  const first = c.consumer();
  await first.told(/stored/);
  for (let round = 0; round < c.size.rounds; round += 1) {
    const others = [c.consumer(), c.consumer()];
    await sleep(c.size.outageMs / 2);
    for (const other of others) {
      const { code } = await other.stop();
      c.expect(code === 0, `a consumer that was told to stop ended with ${code}`);
    }
    await sleep(c.size.outageMs / 4);
  }
  await load.stop();
  c.mended();
  await c.settle();
}

async function killedUnderLoad(c: FaultCase): Promise<void> {
  const load = c.generator.load(c.size.recordsPerSecond);
  for (let round = 0; round < c.size.rounds; round += 1) {
    const consumer = c.shortLived(null);
    await consumer.told(/stored/);
    await sleep(Math.round((c.size.outageMs * round) / c.size.rounds / 4));
    await consumer.kill9();
  }
  await load.stop();
  c.mended();
  c.consumer();
  await c.settle();
}

async function stoppedUnderLoad(c: FaultCase): Promise<void> {
  const load = c.generator.load(c.size.recordsPerSecond);
  for (let round = 0; round < c.size.rounds; round += 1) {
    const consumer = c.consumer();
    await consumer.told(/stored/);
    await sleep(Math.round((c.size.outageMs * round) / c.size.rounds / 4));
    const begunMs = performance.now();
    const { code } = await consumer.stop();
    const seconds = (performance.now() - begunMs) / 1000;
    c.expect(code === 0, `SIGTERM ended it with ${code}`);
    c.expect(seconds < 11, `SIGTERM took ${seconds.toFixed(1)} s`);
  }
  await load.stop();
  c.mended();
  c.consumer();
  await c.settle();
}

export const processFaults: readonly Fault[] = [
  { name: "kill -9 between every two steps", run: killedAtEachStep },
  { name: "kill -9 under load", run: killedUnderLoad },
  { name: "SIGSTOP past the session timeout", run: zombie },
  { name: "1, 3, 1 consumers", run: scaled },
  { name: "SIGTERM under load", run: stoppedUnderLoad },
];
