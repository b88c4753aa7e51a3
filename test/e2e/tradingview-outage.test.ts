import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { textOf } from "../../src/base/bytes.ts";
import { systemClock } from "../../src/base/clock.ts";
import { systemRandom } from "../../src/base/random.ts";
import { z } from "../../src/base/schema.ts";
import { cairoIsoOf } from "../../src/market/cairo-time.ts";
import type { Log, PartitionOffsets } from "../../src/log/log.ts";
import { openSqliteLog } from "../../src/log/sqlite-log.ts";
import { runEgx, startEgx, temporaryFolder } from "../cli/run-egx.ts";
import { until } from "../support/until.ts";
import { cairoSeconds, listingOf, minuteRows, type Row } from "../support/tradingview/listings.ts";
import { StandIn } from "../support/tradingview/server.ts";

const date = "2026-06-07";
const symbols = ["COMI", "ETEL", "ABUK"];
const outageMinutes = 7;
/** How long the outage takes here: long enough that waits between attempts have grown. */
const outageMs = 6000;

const topic = "egx_market_data";
const none = new Uint8Array();
const barSchema = z.object({ symbol: z.string(), datetime: z.string(), volume: z.number() });

/** A minute's bar as it is when the server is asked last. */
function rowAt(minute: number, volume: number): Row {
  const start = cairoSeconds(date, 600 + minute);
  return [start, 20, 21, 19, 20.5, volume];
}

test("seven minutes without the feed are fetched when it is back, and silver is complete", async (t) => {
  // The server's clock: an hour into the session, and on by the outage when there was one.
  const startedMs = systemClock.nowMs();
  let aheadMs = cairoSeconds(date, 660) * 1000 - startedMs;
  const rows = minuteRows(date, 1).slice(0, 60);
  const standIn = await StandIn.start({
    listings: symbols.map((symbol) => listingOf(symbol, { "1": [...rows] })),
    nowMs: () => systemClock.nowMs() + aheadMs,
  });
  t.after(async () => standIn.close());
  const data = temporaryFolder(t);
  const args = ["producer", "--feed", "tradingview", "--live", "--interval", "1m"];
  const producer = startEgx([...args, "--symbols", symbols.join(","), "--data", data], {
    env: { EGX_TRADINGVIEW_URL: standIn.url },
  });
  t.after(() => producer.child.kill("SIGKILL"));
  const published = async (): Promise<ReadonlyMap<string, number>> => volumesIn(`${data}/log`);
  const push = (minute: number, volume: number): void => {
    for (const symbol of symbols) standIn.push(`EGX:${symbol}`, "1", rowAt(minute, volume));
  };
  await until(
    "a series each",
    async () => standIn.seen.commands.get("create_series") === symbols.length,
  );
  push(60, 5);
  await until("61 bars each", async () => (await published()).size === symbols.length * 61);

  standIn.isDown = true;
  standIn.cut();
  // The bar that was forming ends otherwise, and seven more come that nobody is told of.
  for (let minute = 60; minute < 60 + outageMinutes; minute += 1) {
    for (const symbol of symbols) standIn.put(`EGX:${symbol}`, "1", rowAt(minute, 1000 + minute));
  }
  aheadMs += outageMinutes * 60_000;
  await sleep(outageMs);
  standIn.isDown = false;
  const backMs = performance.now();
  await until("the gap is filled", async () => {
    const held = await published();
    return expected(standIn).every(([key, volume]) => held.get(key) === volume);
  });
  t.diagnostic(`the gap was closed ${((performance.now() - backMs) / 1000).toFixed(1)} s after`);
  push(60 + outageMinutes, 7);
  await until("68 bars each", async () => (await published()).size === symbols.length * 68);
  producer.child.kill("SIGTERM");
  const { code, stderr } = await producer.ended;
  assert.equal(code, 0, stderr);
  assert.match(stderr, /it is tried again[^]*the feed is back after/);

  const stored = await runEgx(["consumer", "--once", "--data", data]);
  assert.equal(stored.code, 0, stored.stderr);
  const built = await runEgx(["silver", "--data", data]);
  assert.equal(built.code, 0, built.stderr);
  const sql = "select symbol, epoch_ms(datetime) as ms, volume from bars";
  const query = await runEgx(["query", sql, "--format", "json", "--data", data]);
  assert.equal(query.code, 0, query.stderr);
  const silver = z
    .array(z.object({ symbol: z.string(), ms: z.coerce.number(), volume: z.number() }))
    .parse(JSON.parse(query.stdout));
  assert.equal(silver.length, symbols.length * 68);
  assert.deepEqual(
    new Map(silver.map(({ symbol, ms, volume }) => [`${symbol} ${cairoIsoOf(ms)}`, volume])),
    new Map(expected(standIn)),
  );
});

/** What the server holds: each bar and its volume. */
function expected(standIn: StandIn): readonly (readonly [string, number])[] {
  return symbols.flatMap((symbol) =>
    standIn
      .rows(`EGX:${symbol}`, "1")
      .map(([seconds = 0, , , , , volume = 0]): readonly [string, number] => [
        `${symbol} ${cairoIsoOf(seconds * 1000)}`,
        volume,
      ]),
  );
}

/** The newest volume of each bar in the log. */
async function volumesIn(folder: string): Promise<ReadonlyMap<string, number>> {
  const log = await openSqliteLog({ folder, clock: systemClock, random: systemRandom });
  try {
    const info = await log.describeTopic(topic);
    if (info === null) return new Map();
    const volumes = new Map<string, number>();
    for (const at of await log.offsets(topic))
      await readVolumes(log, { topicId: info.id, ...at }, volumes);
    return volumes;
  } finally {
    await log.close();
  }
}

async function readVolumes(
  log: Log,
  { topicId, partition, end }: PartitionOffsets & { readonly topicId: string },
  volumes: Map<string, number>,
): Promise<void> {
  for (let offset = 0; offset < end;) {
    const { records, next } = await log.read({ topic, topicId, partition, offset, maxWaitMs: 0 });
    for (const { value } of records) {
      const { symbol, datetime, volume } = barSchema.parse(JSON.parse(textOf(value ?? none)));
      volumes.set(`${symbol} ${datetime}`, volume);
    }
    offset = next;
  }
}
