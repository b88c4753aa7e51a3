import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { suite, test, type TestContext } from "node:test";
import { utf8 } from "../../src/base/bytes.ts";
import { systemClock } from "../../src/base/clock.ts";
import type { Log } from "../../src/log/log.ts";
import { egxCalendar } from "../../src/market/calendar.ts";
import { LagWatch } from "../../src/serve/lag-watch.ts";
import { Monitor } from "../../src/serve/monitor.ts";
import { noTraffic } from "../../src/telemetry/feed-traffic.ts";
import { metricTable } from "../../src/telemetry/metric-table.ts";
import { makeLogFolder, openLog } from "../support/log-folder.ts";
import { certifiedLake } from "../support/certified-lake.ts";
import { until } from "../support/until.ts";
import { everyEvent } from "../telemetry/every-event.ts";

const topic = "egx_market_data";
const startMs = Date.UTC(2025, 10, 24, 9);

/** The host's clock, but for its present. */
function turnable(): { nowMs: number; readonly clock: typeof systemClock } {
  const state = { nowMs: startMs, clock: { ...systemClock, nowMs: () => state.nowMs } };
  return state;
}

async function topicIn(t: TestContext, clock: typeof systemClock): Promise<Log> {
  const log = await openLog(t, await makeLogFolder(t), { clock });
  const retentionMs = 3_600_000;
  await log.createTopic({ name: topic, partitions: 1, retentionMs, retentionBytes: null });
  return log;
}

async function publish(log: Log, records: number): Promise<void> {
  const producer = await log.producer(topic);
  const record = { key: null, value: utf8("x"), partition: 0 };
  await producer.send(Array.from({ length: records }, () => record));
  await producer.close();
}

test("a monitor emits every metric of the table, and none outside it", async (t) => {
  const { lake } = await certifiedLake(t);
  const log = await topicIn(t, systemClock);
  await publish(log, 20);
  const monitor = new Monitor({
    clock: systemClock,
    calendar: egxCalendar(),
    version: "1.2.3",
    stages: ["producer", "consumer"],
    followed: null,
    flushIntervalMs: 20_000,
    scratchFolder: tmpdir(),
  });
  monitor.watchLog(log, topic, monitor.sink);
  monitor.watchLake(lake, monitor.sink);
  monitor.watchFeed({ traffic: () => ({ ...noTraffic, connects: 3, reconnects: 2 }) });
  for (const event of everyEvent) if (event.kind !== "revoked") monitor.sink(event);
  const shown = async (): Promise<ReadonlySet<string>> => {
    const { text } = await monitor.text("prometheus");
    const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    return new Set(lines.map((line) => line.replace(/[{ ].*$/, "")));
  };
  t.after(() => monitor[Symbol.asyncDispose]());
  await until("the first looks at log and lake", async () => {
    const names = await shown();
    return names.has("egx_lag_seconds") && names.has("egx_dead_letters_open");
  });
  const names = Array.from(await shown(), (name) => name.replace(/_(bucket|sum|count)$/, ""));
  assert.deepEqual([...new Set(names)].toSorted(), Object.keys(metricTable).toSorted());
});

test("bars that time alone makes final do not break the feed's silence", async () => {
  const time = turnable();
  const monitor = new Monitor({
    clock: time.clock,
    calendar: egxCalendar(),
    version: "1.2.3",
    stages: ["producer"],
    followed: null,
    flushIntervalMs: 20_000,
    scratchFolder: tmpdir(),
  });
  const read = { kind: "read", interval: "1m", bars: 1, final: 1, delaySeconds: 0 } as const;
  monitor.sink({ ...read, heard: true });
  time.nowMs += 60_000;
  monitor.sink({ ...read, heard: false });
  time.nowMs += 20_000;
  const { text } = await monitor.text("prometheus");
  assert.match(text, /^egx_feed_silence_market_seconds 80$/m);
});

suite("lag in seconds is the age of the oldest record that is not stored", () => {
  test("under one record a minute, and while nothing comes", async (t) => {
    const time = turnable();
    const log = await topicIn(t, time.clock);
    const watch = new LagWatch({ log, topic, clock: time.clock, events: () => undefined });
    watch.sink({ kind: "takeover", partition: 0, offset: 0, rewritten: 0 });
    for (let minute = 0; minute < 5; minute += 1) {
      await publish(log, 1);
      time.nowMs += 60_000;
      await watch.look();
      const [lag] = watch.lags;
      assert.deepEqual([lag?.records, lag?.oldestMs], [minute + 1, startMs]);
    }
    const { retentionMs } = (await log.describeTopic(topic)) ?? {};
    assert.equal(watch.lags[0]?.deletableMs, startMs + (retentionMs ?? 0));
  });

  test("under 10,000 records a second, wherever the stored end lies", async (t) => {
    const time = turnable();
    const log = await topicIn(t, time.clock);
    const watch = new LagWatch({ log, topic, clock: time.clock, events: () => undefined });
    for (let tenth = 0; tenth < 30; tenth += 1) {
      await publish(log, 1_000);
      time.nowMs += 100;
    }
    for (const stored of [0, 1, 999, 1_000, 17_500, 29_999]) {
      watch.sink({ kind: "takeover", partition: 0, offset: stored, rewritten: 0 });
      await watch.look();
      const truthMs = startMs + Math.floor(stored / 1_000) * 100;
      assert.deepEqual(watch.lags, [
        {
          partition: 0,
          start: 0,
          end: 30_000,
          stored,
          records: 30_000 - stored,
          oldestMs: truthMs,
          deletableMs: truthMs + 3_600_000,
        },
      ]);
    }
    watch.sink({ kind: "takeover", partition: 0, offset: 30_000, rewritten: 0 });
    await watch.look();
    const ends = { start: 0, end: 30_000, stored: 30_000 };
    assert.deepEqual(watch.lags, [
      { partition: 0, ...ends, records: 0, oldestMs: null, deletableMs: null },
    ]);
    watch.sink({ kind: "revoked", partition: 0 });
    await watch.look();
    assert.deepEqual(watch.lags, [], "a partition that is not ours is no lag of ours");
  });

  test("a log that does not answer is told, and asked again", async (t) => {
    const time = turnable();
    const log = await topicIn(t, time.clock);
    const told: string[] = [];
    const stop = new AbortController();
    const clock = {
      ...time.clock,
      sleep: async () => stop.abort(),
    };
    await log.close();
    const watch = new LagWatch({ log, topic, clock, events: ({ kind }) => told.push(kind) });
    await watch.run(stop.signal);
    assert.deepEqual(told, ["retry"]);
  });
});
