import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { EgxError, hasCode } from "../../src/base/errors.ts";
import type { JoinRequest, Log, Membership } from "../../src/log/log.ts";
import { makeRig, message, type Rig } from "../support/consumer-rig.ts";
import { until } from "../support/until.ts";

const ofPartitions = (rig: Rig): readonly string[] =>
  rig.events.flatMap((event) =>
    event.kind === "assigned" || event.kind === "revoked" || event.kind === "takeover"
      ? `${event.kind} ${event.partition}`
      : [],
  );

/** The same, but for one method that the test has in hand. */
function answering<T extends object>(port: T, method: keyof T, answer: unknown): T {
  return new Proxy(port, {
    get(target, name): unknown {
      if (name === method) return answer;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** The log, with a group that the test has in hand. */
function joiningBy(log: Log, joinGroup: (request: JoinRequest) => Promise<Membership>): Log {
  return answering(log, "join", joinGroup);
}

test("a partition that is lost without notice is told of, as one that is given back", async (t) => {
  const rig = await makeRig(t);
  const stop = new AbortController();
  const running = rig.consume({ once: false, signal: stop.signal });
  await until("the chain is taken over", () => ofPartitions(rig).includes("takeover 0"));
  // What others do to a member that was silent for too long.
  using file = new DatabaseSync(join(rig.folder, "log", "log.sqlite"), { timeout: 5000 });
  file.exec("BEGIN IMMEDIATE; DELETE FROM members; UPDATE assignments SET owner = NULL; COMMIT");
  await until("the chain is taken over again", () => ofPartitions(rig).length >= 5);
  stop.abort(new Error("stop"));
  await running;
  const once = ["assigned 0", "takeover 0", "revoked 0"];
  assert.deepEqual(ofPartitions(rig), [...once, ...once]);
});

test("a membership that is over by a failure ends the consumer with it", async (t) => {
  const rig = await makeRig(t);
  const failure = new EgxError("E_CONFIG", "members of the group follow other rules");
  const log = joiningBy(rig.log, async ({ onFailed }) => {
    setImmediate(() => onFailed(failure));
    return {
      commit: async () => undefined,
      leave: async () => {
        throw failure;
      },
    };
  });
  const running = rig.consume({ log, once: false, signal: AbortSignal.timeout(20_000) });
  await assert.rejects(running, (error) => hasCode(error, "E_CONFIG"));
});

test("a group that does not answer does not keep the consumer from its end", async (t) => {
  const rig = await makeRig(t);
  const stop = new AbortController();
  await rig.publish(message(0));
  let asked = 0;
  const log = joiningBy(rig.log, async (request) => {
    const membership = await rig.log.join(request);
    const commit = (): Promise<never> => {
      asked += 1;
      return new Promise(() => undefined);
    };
    return { commit, leave: () => membership.leave() };
  });
  const running = rig.consume({ log, once: false, signal: stop.signal, stopTimeoutMs: 100 });
  await until("a commit is under way", () => asked > 0);
  stop.abort(new Error("stop"));
  await running;
});

for (const [silent, value] of [
  ["lake", message(0)],
  ["dead-letter topic", "bad"],
] as const) {
  test(`a ${silent} that does not answer does not keep the consumer from its end`, async (t) => {
    const rig = await makeRig(t);
    const stop = new AbortController();
    await rig.publish(value);
    const asked = Promise.withResolvers<undefined>();
    const never = (): Promise<never> => {
      asked.resolve(undefined);
      return new Promise(() => undefined);
    };
    const lake = answering(rig.lake, "put", never);
    const log = answering(rig.log, "producer", async () => ({ send: never, close: never }));
    const running = rig.consume({
      ...(silent === "lake" ? { lake } : { log }),
      flush: { records: 1, bytes: 1e6, objects: 100, intervalMs: 1000 },
      once: false,
      signal: stop.signal,
      stopTimeoutMs: 100,
    });
    await asked.promise;
    stop.abort(new Error("stop"));
    assert.equal((await running).stored, 0);
    const { summary } = await rig.verify();
    assert.equal(summary.inProgress, 1);
    // Whoever comes next finishes it.
    await rig.consume();
    assert.deepEqual((await rig.verify()).findings, []);
  });
}

test("a partition that comes while the consumer stops is left to others", async (t) => {
  const rig = await makeRig(t, 1);
  const stop = new AbortController();
  await rig.publish(message(0));
  const log = joiningBy(rig.log, async ({ onAssigned, onRevoked }) => ({
    commit: async () => undefined,
    leave: async () => {
      const lost = new AbortController();
      const assigned = { partition: 0, generation: 1, lost: lost.signal };
      onAssigned(assigned);
      await onRevoked(assigned);
      lost.abort();
    },
  }));
  const running = rig.consume({ log, once: false, signal: stop.signal });
  await until("it has joined", () => rig.events.some(({ kind }) => kind === "joined"));
  stop.abort(new Error("stop"));
  await running;
  assert.deepEqual(ofPartitions(rig), ["assigned 0", "revoked 0"]);
});
