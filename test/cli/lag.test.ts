import assert from "node:assert/strict";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { utf8 } from "../../src/base/bytes.ts";
import { systemClock } from "../../src/base/clock.ts";
import { systemRandom } from "../../src/base/random.ts";
import { z } from "../../src/base/schema.ts";
import type { Log } from "../../src/log/log.ts";
import { openSqliteLog } from "../../src/log/sqlite-log.ts";
import { runEgx, temporaryFolder } from "./run-egx.ts";

const topic = "egx_market_data";
const lagSchema = z.object({
  consumerGroup: z.string(),
  lagRecords: z.number(),
  lagSeconds: z.number(),
});

async function logOf(t: TestContext): Promise<{ readonly data: string; readonly log: Log }> {
  const data = temporaryFolder(t);
  await runEgx(["topics", "create", "--data", data]);
  const folder = path.join(data, "log");
  const log = await openSqliteLog({ folder, clock: systemClock, random: systemRandom });
  t.after(() => log.close());
  return { data, log };
}

async function publish(log: Log, records: number): Promise<void> {
  const producer = await log.producer(topic);
  const record = { key: null, value: utf8("no bar"), partition: 0 };
  await producer.send(Array.from({ length: records }, () => record));
  await producer.close();
}

/** What `egx lag` says, and that its seconds are those since `sinceMs`, within one. */
async function lagIs(
  { data, group }: { readonly data: string; readonly group: string },
  records: number,
  sinceMs: number,
): Promise<void> {
  const askedMs = systemClock.nowMs();
  const said = await runEgx(["lag", "--json", "--consumer-group", group, "--data", data]);
  const answeredMs = systemClock.nowMs();
  const lag = lagSchema.parse(JSON.parse(said.stdout));
  assert.deepEqual([lag.consumerGroup, lag.lagRecords], [group, records]);
  assert.ok(lag.lagSeconds >= (askedMs - sinceMs) / 1000 - 1, `${lag.lagSeconds} s is too little`);
  assert.ok(lag.lagSeconds <= (answeredMs - sinceMs) / 1000 + 1, `${lag.lagSeconds} s is too much`);
}

test("egx lag of any group: seconds since its first record, of one and of 10,000 a second", async (t) => {
  const { data, log } = await logOf(t);
  const firstMs = systemClock.nowMs();
  await publish(log, 1);
  await systemClock.sleep(3_000);
  // Nothing has come for a while: an offset over a rate would know nothing here.
  await lagIs({ data, group: "somebody" }, 1, firstMs);

  await runEgx(["consumer", "--once", "--data", data]);
  const own = { data, group: "egx-s3-writer" };
  await lagIs(own, 0, systemClock.nowMs());

  const burstMs = systemClock.nowMs();
  for (let tenth = 0; tenth < 20; tenth += 1) {
    await publish(log, 1_000);
    await systemClock.sleep(Math.max(0, burstMs + (tenth + 1) * 100 - systemClock.nowMs()));
  }
  await lagIs(own, 20_000, burstMs);
  await lagIs({ data, group: "somebody" }, 20_001, firstMs);
});
