import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import path from "node:path";
import { suite, test, type TestContext } from "node:test";
import * as fc from "fast-check";
import { systemClock } from "../../src/base/clock.ts";
import type { FeedEvent } from "../../src/feeds/feed.ts";
import { barContent, barKey, type Bar } from "../../src/market/bar.ts";
import { FormingBars } from "../../src/producer/forming-bars.ts";
import type { ProducerOptions } from "../../src/producer/options.ts";
import { givenFeed, stopped } from "../support/given-feed.ts";
import { makeLogFolder, openLog } from "../support/log-folder.ts";
import { until } from "../support/until.ts";
import { TurnedClock } from "../support/turned-clock.ts";
import { barAt, barsEvent } from "./bars.ts";
import { barsOf, makeTopic, recordsOf, start, topicLog } from "./run.ts";

const startMs = Date.UTC(2025, 10, 24, 9);
const forming = (close: number, minute = 0): Bar => barAt(minute, { close, final: false });

suite("forming bars", () => {
  test("are published at once, then at most once in the interval, the newest state", async () => {
    const clock = new TurnedClock(startMs);
    const published: [number, number][] = [];
    const bars = new FormingBars({
      publishIntervalMs: 1000,
      clock,
      publish: (bar) => published.push([clock.monotonicMs(), bar.close]),
    });
    bars.offer(forming(80));
    await clock.turn(300);
    assert.equal(bars.offer(forming(81)), false);
    assert.equal(bars.offer(forming(82)), true);
    await clock.turn(699);
    assert.deepEqual(published, [[0, 80]]);
    await clock.turn(1);
    assert.deepEqual(published, [
      [0, 80],
      [1000, 82],
    ]);
    await clock.turn(5000);
    assert.equal(published.length, 2);
    bars.offer(forming(83));
    bars.offer(forming(84));
    bars.offer(forming(70, 1));
    await bars.end();
    assert.deepEqual(published.slice(2), [
      [6000, 83],
      [6000, 70],
      [6000, 84],
    ]);
    assert.equal(clock.sleeping, 0);
  });

  test("that are due while the process was busy are not published after a newer state", async () => {
    const clock = new TurnedClock(startMs);
    const published: number[] = [];
    const bars = new FormingBars({
      publishIntervalMs: 1000,
      clock,
      publish: ({ close }) => published.push(close),
    });
    bars.offer(forming(80));
    bars.offer(forming(81));
    clock.jump(1500);
    bars.offer(forming(82));
    await clock.turn(0);
    assert.deepEqual(published, [80, 82]);
    await bars.end();
    assert.deepEqual(published, [80, 82]);
  });

  test("each keep to their own time", async () => {
    const clock = new TurnedClock(startMs);
    const published: [number, number][] = [];
    const bars = new FormingBars({
      publishIntervalMs: 1000,
      clock,
      publish: (bar) => published.push([clock.monotonicMs(), bar.close]),
    });
    bars.offer(forming(10, 1));
    await clock.turn(400);
    bars.offer(forming(20, 2));
    await clock.turn(100);
    bars.offer(forming(21, 2));
    bars.offer(forming(11, 1));
    await clock.turn(5000);
    assert.deepEqual(published, [
      [0, 10],
      [400, 20],
      [1000, 11],
      [1400, 21],
    ]);
    await bars.end();
  });

  test("of any order are neither published too soon nor held too long", async () => {
    const step = fc.tuple(fc.nat(3), fc.constantFrom(0, 0, 1, 250, 999, 1000, 1700));
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60, size: "max" }), async (steps) => {
        const clock = new TurnedClock(startMs);
        const published: { atMs: number; minute: number; state: number }[] = [];
        const bars = new FormingBars({
          publishIntervalMs: 1000,
          clock,
          publish: ({ close, volume }) =>
            published.push({ atMs: clock.monotonicMs(), minute: close, state: volume ?? 0 }),
        });
        const offered: { atMs: number; minute: number; state: number }[] = [];
        for (const [state, [minute, waitMs]] of steps.entries()) {
          await clock.turn(waitMs);
          offered.push({ atMs: clock.monotonicMs(), minute, state });
          bars.offer(barAt(minute, { close: minute, volume: state, final: false }));
        }
        await clock.turn(1000);
        await bars.end();
        for (const { atMs, minute, state } of offered) {
          const same = published.filter((each) => each.minute === minute);
          const shown = same.find((each) => each.state >= state);
          assert.ok(shown !== undefined && shown.atMs <= atMs + 1000, "held too long");
          for (const [index, each] of same.entries()) {
            const gapMs = each.atMs - (same[index - 1]?.atMs ?? -Infinity);
            assert.ok(gapMs >= 1000, `${gapMs} ms after the one before`);
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  test("of any order end in the newest state, with nothing provisional after the final one", async (t) => {
    const step = fc.record({
      minute: fc.nat(2),
      close: fc.integer({ min: 80, max: 83 }),
      final: fc.boolean().chain((likely) => (likely ? fc.boolean() : fc.constant(false))),
      waitMs: fc.constantFrom(0, 0, 100, 400, 1000, 2500),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 25, size: "max" }),
        async (steps) => {
          const log = await topicLog(t, 1);
          const clock = new TurnedClock(startMs);
          const model = new Map<string, Bar>();
          const feed = givenFeed(async function* () {
            for (const { waitMs, minute, ...changes } of steps) {
              await clock.turn(waitMs);
              const bar = barAt(minute, { ...changes, ingestedMs: clock.nowMs() });
              if (model.get(barKey(bar))?.final !== true || bar.final) model.set(barKey(bar), bar);
              yield barsEvent(bar);
            }
          });
          const summary = await start(log, feed, { mode: "live", clock }).summary;
          const bars = await barsOf(log);
          assert.equal(summary.read, steps.length);
          assert.equal(summary.read, summary.published + summary.unchanged + summary.superseded);
          assert.equal(summary.published, bars.length);
          for (const [key, expected] of model) {
            const states = bars.filter((bar) => barKey(bar) === key);
            assertLast(states, expected);
            assertOrdered(states);
          }
          await log.close();
        },
      ),
      { numRuns: 40 },
    );
  });

  test("that are held are sent when the feed is stopped", async (t) => {
    const log = await topicLog(t);
    const { stop, summary } = start(
      log,
      givenFeed(async function* (signal) {
        yield barsEvent(forming(80), forming(81), forming(82));
        await stopped(signal);
      }),
      { mode: "live", publishIntervalMs: 3_600_000 },
    );
    await until("the first state", async () => (await recordsOf(log)).length === 1);
    stop.abort();
    const { published, superseded, unsent } = await summary;
    assert.deepEqual([published, superseded, unsent], [2, 1, 0]);
    assert.deepEqual(
      (await barsOf(log)).map(({ close }) => close),
      [80, 82],
    );
  });

  test("go back to a published state without a record", async (t) => {
    const log = await topicLog(t);
    const { summary } = start(
      log,
      givenFeed(async function* () {
        yield barsEvent(forming(80), forming(81), forming(80));
      }),
      { publishIntervalMs: 3_600_000 },
    );
    const { read, published, superseded, unchanged } = await summary;
    assert.deepEqual([read, published, superseded, unchanged], [3, 1, 1, 1]);
  });

  test("that were final before a restart stay final", async (t) => {
    const log = await topicLog(t);
    const run = async (...bars: readonly Bar[]): Promise<number> =>
      (
        await start(
          log,
          givenFeed(async function* () {
            yield barsEvent(...bars);
          }),
        ).summary
      ).published;
    assert.equal(await run(barAt(0, { close: 82 })), 1);
    assert.equal(await run(forming(81), forming(80)), 0);
    assert.equal(await run(barAt(0, { close: 81 })), 1);
  });
});

suite("a log that is not there for a while", () => {
  test("is waited for; then everything comes in order, and the feed was held back", async (t) => {
    const { log, lock } = await lockedLog(t);
    const all = Array.from({ length: 6000 }, (_, minute) => barAt(minute));
    let given = 0;
    const feed = givenFeed(async function* () {
      for (; given < all.length; given += 100) yield barsEvent(...all.slice(given, given + 100));
    });
    const { events, summary } = start(log, feed, { clock: hasty });
    await until("three failed sends", () => retriesIn(events) >= 3);
    // One batch under way, one that fills, and the event in hand.
    assert.ok(given <= 2100, `${given} bars were read`);
    lock.release();
    const { read, published, unsent } = await summary;
    assert.deepEqual([read, published, unsent], [6000, 6000, 0]);
    assert.ok(events.some((event) => event.kind === "recovered" && event.operation === "publish"));
    assert.deepEqual(
      (await barsOf(log)).map((bar) => bar.startMs),
      all.map((bar) => bar.startMs),
    );
  });

  test("is not waited for beyond the time that a stop allows", async (t) => {
    const { log, lock } = await lockedLog(t);
    const feed = givenFeed(async function* (signal): AsyncGenerator<FeedEvent> {
      yield barsEvent(...Array.from({ length: 30 }, (_, minute) => barAt(minute)));
      await stopped(signal);
    });
    const options: Partial<ProducerOptions> = { mode: "live", stopTimeoutMs: 100, clock: hasty };
    const { events, stop, summary } = start(log, feed, options);
    await until("a failed send", () => retriesIn(events) >= 1);
    stop.abort();
    const { read, published, unsent } = await summary;
    assert.deepEqual([read, published, unsent], [30, 0, 30]);
    lock.release();
    assert.deepEqual(await recordsOf(log), []);
  });
});

test("a log that does not answer does not keep a producer from its end", async (t) => {
  const log = await topicLog(t);
  const sent = Promise.withResolvers<never>();
  const silent = new Proxy(log, {
    get(target, name): unknown {
      const producer = { send: () => sent.promise, close: () => sent.promise };
      if (name === "producer") return async () => producer;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  const feed = givenFeed(async function* (signal): AsyncGenerator<FeedEvent> {
    yield barsEvent(barAt(0), barAt(1));
    await stopped(signal);
  });
  const { events, stop, summary } = start(silent, feed, { mode: "live", stopTimeoutMs: 100 });
  await until("the bars are read", () => events.some(({ kind }) => kind === "read"));
  stop.abort();
  const { read, published, unsent } = await summary;
  assert.deepEqual([read, published, unsent], [2, 0, 2]);
  // What was under way and fails after all is nobody's failure.
  sent.reject(new Error("too late"));
});

/** Waits for a log no longer than it must. */
const hasty = {
  ...systemClock,
  sleep: async (ms: number, signal?: AbortSignal) => systemClock.sleep(Math.min(ms, 100), signal),
};

/** A log whose file another process keeps from being written. */
async function lockedLog(
  t: TestContext,
): Promise<{ log: Awaited<ReturnType<typeof openLog>>; lock: { release: () => void } }> {
  const folder = await makeLogFolder(t);
  const log = await openLog(t, folder, { busyWaitMs: 10 });
  await makeTopic(log, 1);
  const database = new DatabaseSync(path.join(folder, "log.sqlite"));
  t.after(() => {
    if (database.isOpen) database.close();
  });
  database.exec("BEGIN IMMEDIATE");
  return { log, lock: { release: () => database.exec("ROLLBACK") } };
}

function retriesIn(events: readonly { readonly kind: string }[]): number {
  return events.filter(({ kind }) => kind === "retry").length;
}

function assertLast(states: readonly Bar[], expected: Bar): void {
  const last = states.at(-1);
  assert.ok(last !== undefined);
  assert.equal(barContent(last), barContent(expected));
}

/** No state twice in a row, none provisional after a final one. */
function assertOrdered(states: readonly Bar[]): void {
  for (const [index, state] of states.entries()) {
    const before = states[index - 1];
    if (before === undefined) continue;
    assert.notEqual(barContent(before), barContent(state));
    assert.ok(!before.final || state.final, "a provisional state after the final one");
  }
}
