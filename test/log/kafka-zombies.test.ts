import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import process from "node:process";
import { test, type TestContext } from "node:test";
import type { Log } from "../../src/log/log.ts";
import { makeTopic, uniqueName } from "../contract/log-case.ts";
import { RecordingMember, untilShared } from "../support/log-member.ts";
import { until } from "../support/until.ts";
import { kafkaForFile, openKafka, skipWithoutKafka } from "../support/services-kafka.ts";

const cluster = await kafkaForFile();
const skip = skipWithoutKafka;
const sessionTimeoutMs = 1_500;

test("what a killed member held is given to another within its time-out", { skip }, async (t) => {
  const { request, log, member } = await together(t);
  const survivor = await RecordingMember.join(log, request);
  await untilShared([survivor], [2]);
  const heldMs = performance.now();
  member.process.kill("SIGKILL");
  await untilShared([survivor], [4]);
  // It was not given up in an orderly way, so it took the time-out and the group's next beats.
  assert.ok(performance.now() - heldMs > 500);
  await survivor.leave();
});

test("a member that leaves does not wait for one that was killed", { skip }, async (t) => {
  const open = async (): Promise<Log> => {
    const log = await openKafka(cluster?.bootstrap ?? "");
    t.after(() => log.close());
    return log;
  };
  const [log, dying, joining] = [await open(), await open(), await open()];
  const topic = (await makeTopic(log, { partitions: 2 })).name;
  const request = { group: uniqueName("group"), topic, sessionTimeoutMs: 60_000 };
  const member = await RecordingMember.join(log, request);
  const killed = await RecordingMember.join(dying, request);
  await untilShared([member, killed], [1, 1]);
  await dying.close();
  // Somebody comes, so all have to join again; the group waits a minute for the one that is dead.
  const third = await RecordingMember.join(joining, request);
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  let haveLeft = false;
  const leaving = Promise.all([member.leave(), third.leave()]).then(() => {
    haveLeft = true;
  });
  await until("both have left", () => haveLeft, 20_000);
  await leaving;
});

test(
  "a frozen member that wakes finds its partitions lost and its commits fenced",
  { skip },
  async (t) => {
    const { request, log, member } = await together(t);
    const survivor = await RecordingMember.join(log, request);
    await untilShared([survivor], [2]);
    await until("commits of both", () => member.lines.includes("committed 0 1"));

    member.process.kill("SIGSTOP");
    await untilShared([survivor], [4]);
    const taken = [...survivor.held.values()];
    for (const assigned of taken) await survivor.commit(assigned, 7);
    const before = member.lines.length;
    member.process.kill("SIGCONT");

    await until("it learns that it was fenced", () =>
      member.lines.slice(before).some((line) => line.startsWith("E_LOG_FENCED")),
    );
    await until("it has its share again", () => survivor.held.size === 2);
    const later = member.lines.slice(before);
    const lost = later.filter((line) => line.startsWith("lost"));
    assert.ok(lost.length >= 2, later.join("; "));
    // What it still held when it froze was committed by the other, and stayed.
    const committed = await log.committed(request.group, request.topic);
    const kept = committed.filter(({ partition }) => survivor.held.has(partition));
    assert.deepEqual(
      kept.map(({ offset }) => offset),
      [7, 7],
    );
    await survivor.leave();
  },
);

interface Member {
  readonly process: ChildProcess;
  readonly lines: string[];
}

/** A member in a process of its own that holds all of a topic of four partitions. */
async function together(t: TestContext): Promise<{
  request: { topic: string; group: string; sessionTimeoutMs: number };
  log: Awaited<ReturnType<typeof openKafka>>;
  member: Member;
}> {
  assert.ok(cluster !== null);
  const log = await openKafka(cluster.bootstrap);
  t.after(async () => log.close());
  const topic = (await makeTopic(log, { partitions: 4 })).name;
  const group = uniqueName("group");
  const child = spawn(
    process.execPath,
    ["test/support/kafka-member.ts", cluster.bootstrap, topic, group, String(sessionTimeoutMs)],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  t.after(() => child.kill("SIGKILL"));
  const lines: string[] = [];
  createInterface(child.stdout).on("line", (line) => lines.push(line));
  await until("the process holds all", () =>
    [0, 1, 2, 3].every((partition) =>
      lines.some((line) => line.startsWith(`assigned ${partition}`)),
    ),
  );
  return { request: { topic, group, sessionTimeoutMs }, log, member: { process: child, lines } };
}
