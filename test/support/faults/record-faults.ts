import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { listDeadLetters } from "../../../src/ledger/dead-letters.ts";
import type { Fault } from "./fault.ts";
import type { FaultCase } from "./fault-case.ts";
import { poison } from "./poison.ts";

const groupTool = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand";
const deleteTool = "org.apache.kafka.tools.DeleteRecordsCommand";

async function poisoned(c: FaultCase): Promise<void> {
  const consumer = c.consumer();
  for (let round = 0; round < c.size.rounds; round += 1) await c.generator.publish(500, poison);
  c.mended();
  await c.settle();
  c.expect(!consumer.isOver, "poison ended the consumer");
  const letters = await Array.fromAsync(listDeadLetters(c.lake));
  const codes = new Set(letters.map(({ letter }) => letter.code));
  c.expect(codes.size >= 10, `only ${codes.size} kinds of dead letters: ${[...codes].join(" ")}`);
}

async function deadTopicGone(c: FaultCase): Promise<void> {
  const consumer = c.consumer();
  await c.generator.publish(300);
  await consumer.told(/stored/);
  await c.log.deleteTopic(c.deadTopic);
  await c.generator.publish(300, poison);
  await consumer.told(/copy dead letters/);
  await sleep(c.size.outageMs);
  c.expect(!consumer.isOver, "the consumer ended instead of waiting");
  await c.createDeadTopic();
  c.mended();
  await c.settle();
}

/** Runs a consumer to the log's end, so that nobody is in the group afterwards. */
async function storeAll(c: FaultCase): Promise<void> {
  const { code } = await c.consumer({ once: true }).ended;
  c.expect(code === 0, `egx consumer --once ended with ${code}`);
}

async function offsetsReset(c: FaultCase): Promise<void> {
  await c.generator.publish(1_000, poison);
  await storeAll(c);
  const { bootstrap } = c.world.cluster;
  const what = ["--bootstrap-server", bootstrap, "--group", c.group, "--topic", c.topic];
  const told = await c.world.cluster.tool(groupTool, [
    ...what,
    "--reset-offsets",
    "--to-earliest",
    "--execute",
  ]);
  c.expect(told.includes(c.topic), `the group was not reset: ${told}`);
  c.consumer();
  await c.generator.publish(300);
  c.mended();
  await c.settle();
}

async function offsetsDeleted(c: FaultCase): Promise<void> {
  await c.generator.publish(1_000, poison);
  await storeAll(c);
  await c.log.deleteCommits(c.group, c.topic);
  c.consumer();
  await c.generator.publish(300);
  c.mended();
  await c.settle();
}

async function topicMadeAgain(c: FaultCase): Promise<void> {
  const consumer = c.consumer();
  for (let round = 0; round < c.size.rounds; round += 1) {
    await c.generator.publish(600, poison.slice(0, 2));
    // What a topic held is gone with it, so all of it has to be stored before.
    await c.settle();
    await c.log.deleteTopic(c.topic);
    await c.generator.topicChanged();
    await sleep(500);
    await c.createTopics();
    await c.generator.publish(600);
    c.mended();
    await c.settle();
  }
  c.expect(!consumer.isOver, "the consumer ended with the topic");
}

/**
 * Takes everything that the log holds, as retention does: at once, so that it is no race against
 * whoever reads. Kafka's own tool moves the partitions' starts.
 */
async function takeAll(c: FaultCase): Promise<void> {
  const before = await c.log.offsets(c.topic);
  const partitions = before.map(({ partition, end }) => ({
    topic: c.topic,
    partition,
    offset: end,
  }));
  const folder = await mkdtemp(join(tmpdir(), "egx-retention-"));
  try {
    const file = join(folder, "offsets.json");
    await writeFile(file, JSON.stringify({ partitions, version: 1 }));
    const { cluster } = c.world;
    const server = ["--bootstrap-server", cluster.bootstrap];
    await cluster.tool(deleteTool, [...server, "--offset-json-file", file]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const after = await c.log.offsets(c.topic);
  const taken = after.every(({ start }, index) => start === before[index]?.end);
  c.expect(taken, "retention took nothing");
}

async function stoppedPastRetention(c: FaultCase): Promise<void> {
  await c.generator.publish(600, poison.slice(0, 2));
  await storeAll(c);
  await takeAll(c);
  const consumer = c.consumer();
  await c.generator.publish(300);
  c.mended();
  await c.settle();
  c.expect(!consumer.isOver, "the consumer found a loss where there was none");
}

/** Retention takes what nobody has read: it is named, and goes on by an operator's word alone. */
async function passedByRetention(c: FaultCase): Promise<void> {
  await c.generator.publish(300);
  await storeAll(c);
  const before = new Set(c.generator.acknowledged.keys());
  await c.generator.publish(300);
  const unread = c.generator.acknowledged.size - before.size;
  await takeAll(c);
  const refused = c.consumer({ once: true });
  const { code } = await refused.ended;
  c.expect(code !== 0, "a loss was passed over in silence");
  const ranges = [...refused.stderr.matchAll(/--accept-loss ([^\s"]+\/\d+:\d+-\d+)/g)];
  const named = new Map(ranges.map(([, range = ""]) => [range, offsetsOf(range)]));
  const count = [...named.values()].reduce((sum, { first, last }) => sum + last - first + 1, 0);
  c.expect(count === unread, `${unread} records are gone, and ${count} were named`);
  c.giveUp(({ partition, offset }) =>
    [...named.values()].some(
      (range) => range.partition === partition && range.first <= offset && offset <= range.last,
    ),
  );
  c.consumer({ acceptLoss: [...named.keys()] });
  await c.generator.publish(300);
  c.mended();
  await c.settle();
}

function offsetsOf(range: string): { partition: number; first: number; last: number } {
  const [, partition = "", first = "", last = ""] = /\/(\d+):(\d+)-(\d+)$/.exec(range) ?? [];
  return { partition: Number(partition), first: Number(first), last: Number(last) };
}

export const recordFaults: readonly Fault[] = [
  { name: "poison of ten kinds", run: poisoned },
  { name: "dead-letter topic deleted", run: deadTopicGone },
  { name: "group offsets reset to the start", run: offsetsReset },
  { name: "group offsets deleted", run: offsetsDeleted },
  { name: "topic deleted and made again", run: topicMadeAgain },
  { name: "stopped longer than retention", run: stoppedPastRetention },
  { name: "retention passes unread records", run: passedByRetention },
];
