/**
 * A member of a group in a process of its own, for tests that freeze or kill it:
 * `node test/support/kafka-member.ts BROKERS TOPIC GROUP SESSION_TIMEOUT_MS`. It prints a line for
 * each thing it is told, and commits offset 1 of every partition it was ever given twice a second.
 */
import process from "node:process";
import { toEgxError } from "../../src/base/errors.ts";
import type { AssignedPartition } from "../../src/log/log.ts";
import { openKafka } from "./services-kafka.ts";

const [brokers = "", topic = "", group = "", sessionTimeoutMs = ""] = process.argv.slice(2);
const log = await openKafka(brokers, { callTimeoutMs: 2_000 });
const all: AssignedPartition[] = [];
const membership = await log.join({
  topic,
  group,
  sessionTimeoutMs: Number(sessionTimeoutMs),
  onAssigned: (assigned) => {
    all.push(assigned);
    say("assigned", assigned);
    assigned.lost.addEventListener("abort", () => say("lost", assigned));
  },
  onRevoked: async (assigned) => say("revoked", assigned),
  onFailed: ({ code }) => process.stdout.write(`failed ${code}\n`),
});
for (;;) {
  for (const assigned of all) {
    try {
      await membership.commit(assigned, 1);
      say("committed", assigned);
    } catch (error) {
      say(toEgxError(error).code, assigned);
    }
  }
  await new Promise((resolve) => setTimeout(resolve, 500));
}

function say(what: string, { partition, generation }: AssignedPartition): void {
  process.stdout.write(`${what} ${partition} ${generation}\n`);
}
