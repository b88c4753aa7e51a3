import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import { textOf, utf8 } from "../../src/base/bytes.ts";
import { systemClock } from "../../src/base/clock.ts";
import { EgxError } from "../../src/base/errors.ts";
import type { FeedEvent } from "../../src/feeds/feed.ts";
import { recordedFeed } from "../../src/feeds/recorded.ts";
import { encodeBar } from "../../src/market/codec.ts";
import { isCode } from "../contract/lake-case.ts";
import { failing, givenFeed, passOf, stopped } from "../support/given-feed.ts";
import { makeLogFolder } from "../support/log-folder.ts";
import { until } from "../support/until.ts";
import { barAt, barsEvent, oneMinute } from "./bars.ts";
import { barsOf, newsOf, recordsOf, start, topic, topicLog } from "./run.ts";

const realFile = path.join(
  process.env["EGX_SHARED"] ?? fileURLToPath(new URL("../../../shared", import.meta.url)),
  "data/egx-1min.csv.gz",
);

suite("a producer", () => {
  test("publishes each bar of a feed as a record that says what it is", async (t) => {
    const log = await topicLog(t);
    const bars = [
      barAt(0),
      barAt(1, { source: "csv:prices of 2025.csv", open: null }),
      barAt(0, { symbol: "ETEL" }),
    ];
    const { summary } = start(log, givenFeed(passOf(barsEvent(...bars))));
    const { read, published, unchanged, unsent } = await summary;
    assert.deepEqual(
      { read, published, unchanged, unsent },
      { read: 3, published: 3, unchanged: 0, unsent: 0 },
    );
    const records = await recordsOf(log);
    const found = records.map(({ key, value, headers }) => ({
      key: textOf(key ?? utf8("none")),
      value: textOf(value ?? utf8("none")),
      headers: Object.fromEntries(headers.map((header) => [header.key, textOf(header.value)])),
    }));
    const expected = bars.map((bar, index) => ({
      key: bar.symbol,
      value: encodeBar(bar),
      headers: {
        "content-type": "application/json",
        source: index === 1 ? "csv" : "tradingview",
        "schema-version": "1",
      },
    }));
    const byValue = (a: { value: string }, b: { value: string }): number =>
      a.value < b.value ? -1 : 1;
    assert.deepEqual(found.toSorted(byValue), expected.toSorted(byValue));
  });

  test("publishes nothing at a second start, and what is new or changed at a third", async (t) => {
    const log = await topicLog(t);
    const old = Array.from({ length: 50 }, (_, minute) => barAt(minute));
    await start(log, givenFeed(passOf(barsEvent(...old)))).summary;
    const later = old.map((bar, minute) => barAt(minute, { ingestedMs: bar.ingestedMs + 60_000 }));
    const second = start(log, givenFeed(passOf(barsEvent(...later))));
    assert.deepEqual(pick(await second.summary), { read: 50, published: 0, unchanged: 50 });
    const learned = second.events.find((event) => event.kind === "learned");
    assert.deepEqual([learned?.records, learned?.bars], [50, 50]);
    const third = [
      ...later,
      barAt(50),
      barAt(7, { close: 81.51 }),
      barAt(7, { source: "yahoo" }),
      barAt(7, { adjusted: "none" }),
      barAt(8, { volume: null }),
    ];
    const last = start(log, givenFeed(passOf(barsEvent(...third))));
    assert.deepEqual(pick(await last.summary), { read: 55, published: 5, unchanged: 50 });
    assert.equal((await recordsOf(log)).length, 55);
  });

  test("reads back no more than it was told, the newest part of each partition", async (t) => {
    const log = await topicLog(t, 1);
    const bars = Array.from({ length: 100 }, (_, minute) => barAt(minute));
    await start(log, givenFeed(passOf(barsEvent(...bars)))).summary;
    const again = start(log, givenFeed(passOf(barsEvent(...bars))), { readBackRecordsMax: 30 });
    assert.deepEqual(pick(await again.summary), { read: 100, published: 70, unchanged: 30 });
    const published = (await barsOf(log)).slice(100).map(({ startMs }) => startMs);
    assert.deepEqual(
      published,
      bars.slice(0, 70).map(({ startMs }) => startMs),
    );
  });

  test("publishes a message that is no bar as it is, once", async (t) => {
    const log = await topicLog(t);
    const rejected = (time: string, symbol: string | null): FeedEvent => ({
      kind: "rejected",
      symbol,
      message: utf8(
        `{"symbol":${JSON.stringify(symbol)},"close":0,"ingestion_timestamp":"${time}"}`,
      ),
      error: new EgxError("E_BAR_PRICE", "the close is 0"),
    });
    const pass = passOf(rejected("1", "COMI"), rejected("1", null), rejected("2", "COMI"));
    const first = start(log, givenFeed(pass));
    const summary = await first.summary;
    assert.deepEqual([...summary.rejected], [["E_BAR_PRICE", 3]]);
    assert.deepEqual([summary.rejectedPublished, summary.read, summary.published], [2, 0, 0]);
    assert.equal(first.events.filter(({ kind }) => kind === "rejected").length, 2);
    const again = await start(log, givenFeed(passOf(rejected("3", "COMI")))).summary;
    assert.equal(again.rejectedPublished, 0);
    const found = (await recordsOf(log)).map(({ key, value }) => [
      key === null ? null : textOf(key),
      textOf(value ?? utf8("")),
    ]);
    assert.deepEqual(
      new Map(found.map(([key, value]) => [key, value])),
      new Map([
        ["COMI", '{"symbol":"COMI","close":0,"ingestion_timestamp":"1"}'],
        [null, '{"symbol":null,"close":0,"ingestion_timestamp":"1"}'],
      ]),
    );
    assert.equal(found.length, 2);
  });

  test("sends the beginning of a message that no log would take", async (t) => {
    const log = await topicLog(t);
    const feed = givenFeed(
      passOf({
        kind: "rejected",
        symbol: null,
        message: utf8(`{"symbol":"${"x".repeat(10_000_000)}"}`),
        error: new EgxError("E_BAR_SYMBOL", "no ticker"),
      }),
    );
    assert.equal((await start(log, feed).summary).rejectedPublished, 1);
    const [record] = await recordsOf(log);
    assert.ok(textOf(record?.value ?? utf8("")).startsWith('{"symbol":"xxx'));
  });

  test("collects what concerns one symbol, and tells it", async (t) => {
    const log = await topicLog(t);
    const failed = (symbol: string): FeedEvent => ({
      kind: "symbol-failed",
      symbol,
      error: new EgxError("E_FEED_SYMBOL_UNKNOWN", `${symbol} is not known`),
    });
    const gap = { kind: "gap", symbol: "COMI", interval: oneMinute, fromMs: 1, toMs: 2 } as const;
    const feed = givenFeed(
      passOf(
        failed("COMI"),
        failed("NOPE"),
        gap,
        { kind: "notice", text: "slow today" },
        barsEvent(barAt(0)),
      ),
    );
    const { events, summary } = start(log, feed);
    const { failedSymbols, gaps, published } = await summary;
    // COMI gave a bar afterwards.
    assert.deepEqual([...failedSymbols.keys()], ["NOPE"]);
    assert.deepEqual([gaps, published], [1, 1]);
    const told = newsOf(events).filter((kind) => kind !== "learned");
    assert.deepEqual(told, ["symbol-failed", "symbol-failed", "gap", "notice", "published"]);
    assert.deepEqual(
      events.find(({ kind }) => kind === "gap"),
      { ...gap, interval: "1m" },
    );
  });

  test("reads a feed again that breaks off, and publishes nothing twice", async (t) => {
    const log = await topicLog(t);
    const down = new EgxError("E_FEED_UNREACHABLE", "no network");
    const bars = Array.from({ length: 20 }, (_, minute) => barAt(minute));
    const quick = { ...systemClock, sleep: async () => undefined };
    const { events, summary } = start(
      log,
      givenFeed(
        failing(down),
        async function* () {
          yield barsEvent(...bars.slice(0, 12));
          throw down;
        },
        passOf(barsEvent(...bars)),
      ),
      { clock: quick },
    );
    assert.deepEqual(pick(await summary), { read: 32, published: 20, unchanged: 12 });
    assert.equal((await recordsOf(log)).length, 20);
    const retries = events.filter((event) => event.kind === "retry");
    assert.deepEqual(
      retries.map(({ operation, error }) => [operation, error.code]),
      [
        ["read the feed", "E_FEED_UNREACHABLE"],
        ["read the feed", "E_FEED_UNREACHABLE"],
      ],
    );
  });

  test("ends with a feed that fails for good, after sending what it gave", async (t) => {
    const log = await topicLog(t);
    const { summary } = start(
      log,
      givenFeed(async function* () {
        yield barsEvent(barAt(0), barAt(1, { final: false }));
        throw new EgxError("E_FILE_FORMAT", "not a CSV file");
      }),
    );
    await assert.rejects(summary, isCode("E_FILE_FORMAT"));
    assert.equal((await recordsOf(log)).length, 2);
  });

  test("refuses a topic that does not exist", async (t) => {
    const log = await topicLog(t);
    const { summary } = start(log, givenFeed(passOf()), { topic: "another" });
    await assert.rejects(summary, isCode("E_LOG_TOPIC_UNKNOWN"));
  });

  test("ends when the log refuses for good, though the feed has nothing to say", async (t) => {
    const log = await topicLog(t);
    const { summary } = start(
      log,
      givenFeed(async function* (signal) {
        await log.deleteTopic(topic);
        yield barsEvent(barAt(0));
        await stopped(signal);
      }),
      { mode: "live" },
    );
    await assert.rejects(summary, isCode("E_LOG_TOPIC_UNKNOWN"));
  });

  test("warns of more than 60 past dates, and of no fewer", async (t) => {
    const log = await topicLog(t);
    const now = Date.UTC(2025, 10, 24, 23);
    const clock = { ...systemClock, nowMs: () => now };
    // In Cairo it is the 25th already.
    const noticesOf = async (from: string, to?: string): Promise<number> => {
      const { events, summary } = start(log, givenFeed(passOf()), {
        clock,
        request: {
          symbols: "all",
          interval: oneMinute,
          from: Temporal.PlainDate.from(from),
          ...(to === undefined ? {} : { to: Temporal.PlainDate.from(to) }),
        },
      });
      await summary;
      return events.filter(({ kind }) => kind === "notice").length;
    };
    assert.equal(await noticesOf("2025-09-26"), 0);
    assert.equal(await noticesOf("2025-09-25"), 1);
    assert.equal(await noticesOf("2024-01-01", "2024-02-29"), 0);
    assert.equal(await noticesOf("2024-01-01", "2024-03-01"), 1);
    assert.equal(await noticesOf("2025-12-01", "2026-12-01"), 0);
  });

  test("publishes a recorded file, and nothing of it again", async (t) => {
    const log = await topicLog(t);
    const file = path.join(await makeLogFolder(t), "prices.csv");
    const rows = Array.from({ length: 3000 }, (_, index) => {
      const day = 10 + Math.floor(index / 240);
      const hour = 10 + (Math.floor(index / 60) % 4);
      const minute = String(index % 60).padStart(2, "0");
      return `COMI,2025-11-${day} ${hour}:${minute}:00,81,82,80,${index + 1},1000`;
    });
    await writeFile(file, ["symbol,datetime,open,high,low,close,volume", ...rows].join("\n"));
    const run = async (): Promise<unknown> => {
      const feed = recordedFeed({ path: file, interval: oneMinute, clock: systemClock });
      return pick(await start(log, feed).summary);
    };
    assert.deepEqual(await run(), { read: 3000, published: 3000, unchanged: 0 });
    assert.deepEqual(await run(), { read: 3000, published: 0, unchanged: 3000 });
    assert.equal((await recordsOf(log)).length, 3000);
  });

  test(
    "publishes 164,588 real one-minute bars once",
    { skip: existsSync(realFile) ? false : `there is no ${realFile}` },
    async (t) => {
      const log = await topicLog(t, 6);
      const run = async (): Promise<unknown> => {
        const feed = recordedFeed({ path: realFile, interval: oneMinute, clock: systemClock });
        return pick(await start(log, feed).summary);
      };
      assert.deepEqual(await run(), { read: 164_588, published: 164_588, unchanged: 0 });
      assert.deepEqual(await run(), { read: 164_588, published: 0, unchanged: 164_588 });
      const held = (await log.offsets(topic)).reduce((sum, { start: s, end }) => sum + end - s, 0);
      assert.equal(held, 164_588);
    },
  );

  test("polls: asks again after each interval, until it is stopped", async (t) => {
    const log = await topicLog(t);
    let requests = 0;
    const feed = givenFeed(async function* () {
      requests += 1;
      yield barsEvent(barAt(0), barAt(requests));
    });
    const { stop, summary } = start(log, feed, { mode: { pollIntervalMs: 5 } });
    await until("three requests", () => requests >= 3);
    stop.abort();
    const { read, published, unchanged, unsent } = await summary;
    assert.deepEqual([read, unsent], [2 * requests, 0]);
    assert.deepEqual([published, unchanged], [requests + 1, requests - 1]);
  });

  test("stops before it has begun when it is told so", async (t) => {
    const log = await topicLog(t);
    const { stop, summary } = start(log, givenFeed(passOf(barsEvent(barAt(0)))));
    stop.abort();
    assert.equal((await summary).read, 0);
  });
});

function pick(summary: { read: number; published: number; unchanged: number }): unknown {
  const { read, published, unchanged } = summary;
  return { read, published, unchanged };
}
