import { setTimeout as sleep } from "node:timers/promises";
import type { Fault } from "./fault.ts";
import type { FaultCase } from "./fault-case.ts";

const groupTool = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand";
const topicTool = "org.apache.kafka.tools.TopicCommand";

async function brokersKilled(c: FaultCase): Promise<void> {
  const load = c.generator.load(c.size.recordsPerSecond);
  const consumer = c.consumer();
  for (const broker of c.world.cluster.brokers) {
    await consumer.told(/stored/, consumer.stderr.length);
    await broker.kill9();
    await sleep(c.size.outageMs / 2);
    await broker.startAgain();
    // In sync again before the next one goes: no two may be away at once.
    await sleep(2_000);
  }
  await load.stop();
  c.mended();
  await c.settle();
  c.expect(!consumer.isOver, "the consumer ended with a broker");
}

/** The line to the group's coordinator, which leads no partition of the topic, is cut. */
async function coordinatorCutOff(c: FaultCase): Promise<void> {
  const consumer = c.shortLived(null);
  await c.generator.publish(300);
  await consumer.told(/stored/);
  const coordinator = await coordinatorOf(c);
  await leaveToOthers(c, coordinator);
  const line = c.world.brokerLines[coordinator - 1];
  if (line === undefined) throw new TypeError(`there is no broker ${coordinator}`);
  for (let round = 0; round < c.size.rounds; round += 1) {
    const load = c.generator.load(c.size.recordsPerSecond);
    const seen = consumer.stderr.length;
    await line.cut();
    // Longer than the session: others could have been given the partitions meanwhile.
    await sleep(Math.max(3_000, c.size.outageMs));
    await line.restore();
    c.mended();
    await load.stop();
    await consumer.told(/stored/, seen);
    // Each round begins with nothing behind: what twelve long cuts leave would outlast the patience.
    await c.settle();
  }
  c.expect(!consumer.isOver, "the consumer ended without its coordinator");
}

async function coordinatorOf(c: FaultCase): Promise<number> {
  const args = ["--bootstrap-server", c.world.cluster.bootstrap, "--describe", "--state"];
  const told = await c.world.cluster.tool(groupTool, [...args, "--group", c.group]);
  const id = Number(/\((\d+)\)/.exec(told)?.[1]);
  if (!Number.isInteger(id)) throw new TypeError(`no coordinator was told: ${told}`);
  return id;
}

/** Waits until other brokers than `avoided` lead all partitions: by their order of preference. */
async function leaveToOthers(c: FaultCase, avoided: number): Promise<void> {
  const { cluster } = c.world;
  const others = cluster.brokers.map(({ id }) => id).filter((id) => id !== avoided);
  await c.log.deleteTopic(c.topic);
  await c.generator.topicChanged();
  const replicas = [...others, ...others].slice(0, 3).map((id, index) => {
    const second = others[(index + 1) % others.length] ?? id;
    return `${id}:${second === id ? avoided : second}:${avoided}`;
  });
  const args = ["--bootstrap-server", cluster.bootstrap, "--create", "--topic", c.topic];
  await cluster.tool(topicTool, [...args, "--replica-assignment", replicas.join(",")]);
}

export const brokerFaults: readonly Fault[] = [
  { name: "each of three brokers killed", run: brokersKilled },
  { name: "cut off from the coordinator alone", run: coordinatorCutOff },
];
