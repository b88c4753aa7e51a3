import assert from "node:assert/strict";

import type { EgxError } from "../../src/base/errors.ts";
import type { AssignedPartition } from "../../src/log/log.ts";
import { RecordingMember, untilShared } from "../support/log-member.ts";
import { until } from "../support/until.ts";
import { type LogCase, makeTopic, rejectsWith, uniqueName } from "./log-case.ts";

/** Consumer groups. */
export const groupCases: readonly LogCase[] = [
  {
    name: "a lone member is given every partition",
    run: async ({ open }) => {
      const log = await open();
      const topic = (await makeTopic(log, { partitions: 3 })).name;
      const member = await RecordingMember.join(log, { group: uniqueName("group"), topic });
      await untilShared([member], [3]);
      assert.deepEqual(member.partitions(), [0, 1, 2]);
      await member.leave();
      assert.deepEqual(member.partitions(), []);
      assert.equal(member.revoked.length, 3);
    },
  },
  {
    name: "two members share the partitions, and never hold one both",
    run: async ({ open }) => {
      const log = await open();
      const request = {
        group: uniqueName("group"),
        topic: (await makeTopic(log, { partitions: 4 })).name,
      };
      const first = await RecordingMember.join(log, request);
      await untilShared([first], [4]);
      const second = await RecordingMember.join(await open(), request);
      let heldTwice = false;
      await until("shares of two", () => {
        heldTwice ||= second.partitions().some((partition) => first.held.has(partition));
        return first.held.size === 2 && second.held.size === 2;
      });
      assert.ok(!heldTwice);
      await Promise.all([first.leave(), second.leave()]);
    },
  },
  {
    name: "a third member joins and leaves, and the others share again",
    run: async ({ open }) => {
      const log = await open();
      const request = {
        group: uniqueName("group"),
        topic: (await makeTopic(log, { partitions: 6 })).name,
      };
      const first = await RecordingMember.join(log, request);
      const second = await RecordingMember.join(await open(), request);
      await untilShared([first, second], [3, 3]);
      const third = await RecordingMember.join(await open(), request);
      await untilShared([first, second, third], [2, 2, 2]);
      await third.leave();
      await untilShared([first, second], [3, 3]);
      const all = [...first.partitions(), ...second.partitions()].toSorted((a, b) => a - b);
      assert.deepEqual(all, [0, 1, 2, 3, 4, 5]);
      await Promise.all([first.leave(), second.leave()]);
    },
  },
  {
    name: "more members than partitions leave some without",
    run: async ({ open }) => {
      const log = await open();
      const request = { group: uniqueName("group"), topic: (await makeTopic(log)).name };
      const first = await RecordingMember.join(log, request);
      await untilShared([first], [1]);
      const second = await RecordingMember.join(await open(), request);
      await first.leave();
      await untilShared([second], [1]);
      await second.leave();
    },
  },
  {
    name: "the generation of a partition grows when it changes hands",
    run: async ({ open }) => {
      const log = await open();
      const request = { group: uniqueName("group"), topic: (await makeTopic(log)).name };
      const generations: number[] = [];
      for (let round = 0; round < 3; round += 1) {
        const member = await RecordingMember.join(log, request);
        await untilShared([member], [1]);
        generations.push(member.held.get(0)?.generation ?? -1);
        await member.leave();
      }
      assert.deepEqual(
        generations,
        [...new Set(generations)].toSorted((a, b) => a - b),
      );
    },
  },
  {
    name: "two groups do not know of each other",
    run: async ({ open }) => {
      const log = await open();
      const topic = (await makeTopic(log, { partitions: 2 })).name;
      const groups = [uniqueName("group"), uniqueName("group")];
      const members = await Promise.all(
        groups.map((group) => RecordingMember.join(log, { group, topic })),
      );
      await untilShared(members, [2, 2]);
      await Promise.all(members.map((member) => member.leave()));
    },
  },
  {
    name: "a commit is kept with its metadata, and the newest counts",
    run: async ({ open }) => {
      const log = await open();
      const request = {
        group: uniqueName("group"),
        topic: (await makeTopic(log, { partitions: 3 })).name,
      };
      const member = await RecordingMember.join(log, request);
      await untilShared([member], [3]);
      const [zero, , two] = member.assigned.toSorted((a, b) => a.partition - b.partition);
      assert.ok(zero !== undefined && two !== undefined);
      await member.commit(zero, 7);
      await member.commit(two, 5, "first");
      await member.commit(two, 9, "سجل {second}");
      const wanted = [
        { partition: 0, offset: 7, metadata: "" },
        { partition: 2, offset: 9, metadata: "سجل {second}" },
      ];
      assert.deepEqual(await log.committed(request.group, request.topic), wanted);
      await member.leave();
      await log.close();
      assert.deepEqual(await (await open()).committed(request.group, request.topic), wanted);
    },
  },
  {
    name: "a group that never committed has no commits",
    run: async ({ open }) => {
      const log = await open();
      const topic = await makeTopic(log);
      assert.deepEqual(await log.committed(uniqueName("group"), topic.name), []);
    },
  },
  {
    name: "during onRevoked a member may still commit",
    run: async ({ open }) => {
      const log = await open();
      const request = {
        group: uniqueName("group"),
        topic: (await makeTopic(log, { partitions: 2 })).name,
      };
      const wasLost: boolean[] = [];
      const first = await RecordingMember.join(log, request, async (member, assigned) => {
        wasLost.push(assigned.lost.aborted);
        await member.commit(assigned, 40 + assigned.partition, "revoked");
      });
      await untilShared([first], [2]);
      const second = await RecordingMember.join(await open(), request);
      await untilShared([first, second], [1, 1]);
      const moved = second.partitions()[0] ?? -1;
      const committed = await log.committed(request.group, request.topic);
      assert.deepEqual(committed, [{ partition: moved, offset: 40 + moved, metadata: "revoked" }]);
      await first.leave();
      await second.leave();
      assert.equal((await log.committed(request.group, request.topic)).length, 2);
      assert.deepEqual(wasLost, [false, false]);
    },
  },
  {
    name: "a partition is not given on before its onRevoked is done",
    run: async ({ open }) => {
      const log = await open();
      const request = { group: uniqueName("group"), topic: (await makeTopic(log)).name };
      const mayEnd = Promise.withResolvers<undefined>();
      const first = await RecordingMember.join(log, request, () => mayEnd.promise);
      await untilShared([first], [1]);
      const leaving = first.leave();
      const second = await RecordingMember.join(await open(), request);
      await new Promise((resolve) => setTimeout(resolve, 500));
      assert.equal(second.held.size, 0);
      assert.equal(first.held.get(0)?.lost.aborted, false);
      mayEnd.resolve(undefined);
      await leaving;
      await untilShared([first, second], [0, 1]);
      await second.leave();
    },
  },
  {
    name: "a commit for a partition that changed hands is E_LOG_FENCED",
    run: async ({ open }) => {
      const log = await open();
      const request = {
        group: uniqueName("group"),
        topic: (await makeTopic(log, { partitions: 2 })).name,
      };
      const first = await RecordingMember.join(log, request);
      await untilShared([first], [2]);
      const before = first.assigned.slice(0, 2);
      const second = await RecordingMember.join(await open(), request);
      await untilShared([first, second], [1, 1]);
      const moved = before.find((assigned) => second.held.has(assigned.partition));
      const kept = before.find((assigned) => first.held.has(assigned.partition));
      assert.ok(moved !== undefined && kept !== undefined);
      assert.ok(moved.lost.aborted);
      await rejectsWith("E_LOG_FENCED", first.commit(moved, 1));
      const ours = second.held.get(moved.partition);
      assert.ok(ours !== undefined);
      await second.commit(ours, 2);

      // It comes back, in a later generation: the old one stays fenced.
      await second.leave();
      await untilShared([first], [2]);
      await rejectsWith("E_LOG_FENCED", first.commit(moved, 3));
      await first.leave();
      await rejectsWith("E_LOG_FENCED", first.commit(kept, 4));
      assert.deepEqual(
        (await log.committed(request.group, request.topic)).map((commit) => commit.offset),
        [2],
      );
    },
  },
  {
    name: "leaving twice is leaving once",
    run: async ({ open }) => {
      const log = await open();
      const topic = await makeTopic(log);
      const member = await RecordingMember.join(log, {
        group: uniqueName("group"),
        topic: topic.name,
      });
      await untilShared([member], [1]);
      await Promise.all([member.leave(), member.leave()]);
      await member.leave();
      assert.equal(member.revoked.length, 1);
    },
  },
  {
    name: "what an onRevoked throws leave throws, and the partition is given up all the same",
    run: async ({ open }) => {
      const log = await open();
      const request = { group: uniqueName("group"), topic: (await makeTopic(log)).name };
      const first = await RecordingMember.join(log, request, async () => {
        throw new Error("cannot give it up");
      });
      await untilShared([first], [1]);
      await rejectsWith("E_INTERNAL", first.leave());
      assert.deepEqual(first.partitions(), []);
      assert.deepEqual(first.failures, [], "it was not over by itself");
      const second = await RecordingMember.join(await open(), request);
      await untilShared([second], [1]);
      await second.leave();
    },
  },
  {
    name: "a membership that is over by a failure says so once, and leave throws it",
    run: async ({ open }) => {
      const log = await open();
      const request = { group: uniqueName("group"), topic: (await makeTopic(log)).name };
      const failures: EgxError[] = [];
      const given: AssignedPartition[] = [];
      const membership = await log.join({
        ...request,
        onAssigned: (assigned) => {
          given.push(assigned);
          throw new Error("a bug");
        },
        onRevoked: async () => undefined,
        onFailed: (failure) => {
          assert.ok(given.every(({ lost }) => lost.aborted));
          failures.push(failure);
        },
      });
      await until("it is told", () => failures.length > 0);
      await rejectsWith("E_INTERNAL", membership.leave());
      assert.equal(given.length, 1);
      assert.deepEqual(
        failures.map(({ code }) => code),
        ["E_INTERNAL"],
      );
    },
  },
  {
    name: "commits cannot be deleted while the group has members",
    run: async ({ open }) => {
      const log = await open();
      const request = { group: uniqueName("group"), topic: (await makeTopic(log)).name };
      const { group, topic } = request;
      await log.deleteCommits(group, topic);
      const member = await RecordingMember.join(log, request);
      await untilShared([member], [1]);
      const [assigned] = member.assigned;
      assert.ok(assigned !== undefined);
      await member.commit(assigned, 3);
      await rejectsWith("E_LOG_BUSY", log.deleteCommits(group, topic));
      assert.equal((await log.committed(group, topic)).length, 1);
      await member.leave();
      await log.deleteCommits(group, topic);
      assert.deepEqual(await log.committed(group, topic), []);
    },
  },
  {
    name: "a topic made again has none of the group's commits",
    run: async ({ open }) => {
      const log = await open();
      const topic = await makeTopic(log);
      const request = { group: uniqueName("group"), topic: topic.name };
      const member = await RecordingMember.join(log, request);
      await untilShared([member], [1]);
      const [assigned] = member.assigned;
      assert.ok(assigned !== undefined);
      await member.commit(assigned, 3);
      await member.leave();
      await log.deleteTopic(topic.name);
      await makeTopic(log, { name: topic.name });
      assert.deepEqual(await log.committed(request.group, request.topic), []);
    },
  },
];
