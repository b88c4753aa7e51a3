/**
 * A process that uses the log in a folder, for tests that kill and stop it. It says on stdout what
 * it did, a line each, and waits for no answer.
 *
 *     log-child.ts append FOLDER TOPIC NAME BATCHES   "ack PARTITION OFFSET VALUE", "done"
 *     log-child.ts member FOLDER TOPIC GROUP TIMEOUT  "assigned P", "revoked P", "lost P"; and,
 *                                                   when continued, "commit P ok|CODE"
 */
import process from "node:process";

import { utf8 } from "../../src/base/bytes.ts";
import { systemClock } from "../../src/base/clock.ts";
import { toEgxError } from "../../src/base/errors.ts";
import { systemRandom } from "../../src/base/random.ts";
import type { AssignedPartition } from "../../src/log/log.ts";
import { openSqliteLog } from "../../src/log/sqlite-log.ts";

const [mode, folder = "", topic = "", name = "", number = ""] = process.argv.slice(2);
const log = await openSqliteLog({ folder, clock: systemClock, random: systemRandom });
await (mode === "append" ? append(Number(number)) : member(Number(number)));

async function append(batches: number): Promise<void> {
  const producer = await log.producer(topic);
  for (let batch = 0; batch < batches; batch += 1) {
    const values = Array.from({ length: 50 }, (_, index) => `${name}-${batch * 50 + index}`);
    const positions = await producer.send(
      values.map((value, index) => ({ key: utf8(`key-${index % 7}`), value: utf8(value) })),
    );
    say(
      ...positions.map(
        ({ partition, offset }, index) => `ack ${partition} ${offset} ${values[index]}`,
      ),
    );
  }
  await log.close();
  say("done");
}

async function member(sessionTimeoutMs: number): Promise<void> {
  const held = new Set<AssignedPartition>();
  const tryCommit = async (assigned: AssignedPartition): Promise<void> => {
    try {
      await membership.commit(assigned, 1);
      say(`commit ${assigned.partition} ok`);
    } catch (error) {
      say(`commit ${assigned.partition} ${toEgxError(error).code}`);
    }
  };
  const membership = await log.join({
    group: name,
    topic,
    sessionTimeoutMs,
    onAssigned: (assigned) => {
      held.add(assigned);
      say(`assigned ${assigned.partition}`);
      assigned.lost.addEventListener("abort", () => say(`lost ${assigned.partition}`));
    },
    onRevoked: async ({ partition }) => say(`revoked ${partition}`),
    onFailed: ({ code }) => say(`failed ${code}`),
  });
  process.on("SIGCONT", () => {
    Promise.all([...held].map(tryCommit)).catch((error: unknown) => {
      throw error;
    });
  });
}

function say(...lines: readonly string[]): void {
  // Into a pipe this is synchronous, so nothing that was said is lost when the process is killed.
  process.stdout.write(`${lines.join("\n")}\n`);
}
