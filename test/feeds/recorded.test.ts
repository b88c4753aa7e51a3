import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import { systemClock } from "../../src/base/clock.ts";
import type { EgxError } from "../../src/base/errors.ts";
import type { FeedRequest } from "../../src/feeds/feed.ts";
import { recordedFeed, type RecordedOptions } from "../../src/feeds/recorded.ts";
import { cairoIsoOf } from "../../src/market/cairo-time.ts";
import { decodeMessage } from "../../src/market/codec.ts";
import { parseInterval } from "../../src/market/interval.ts";
import { feedContract } from "../contract/feed.ts";
import { answerOf, fieldsOf, never, type Answer } from "./events.ts";
import { fileWith } from "./files.ts";

const header = "symbol,ts_utc,open,high,low,close,volume";
const good = "ABUK,2025-08-03 07:19:00,49.12,49.13,49.11,49.11,4696.0";
const next = "ABUK,2025-08-03 07:20:00,49.1,49.1,49.01,49.01,21973.0";

/** Bars of four symbols on four dates. */
const rows = ["AALR", "COMI", "ETEL", "SWDY"].flatMap((symbol) =>
  ["2025-11-23", "2025-11-24", "2025-11-25", "2025-11-26"].flatMap((date) =>
    [0, 1, 3].map((minute) => `${symbol},${date} 08:0${minute}:00,10,10.5,9.9,10.${minute},100`),
  ),
);

for (const [name, lines] of [
  ["ascending", rows],
  ["newest first", rows.toReversed()],
] as const) {
  feedContract(`a recorded file, ${name},`, {
    make: async (t, pace) =>
      recordedFeed({
        path: await fileWith(t, [header, ...lines].join("\n")),
        speed: pace === "slowly" ? 0.001 : 0,
        clock: systemClock,
      }),
    request: { symbols: "all", interval: parseInterval("1 Minute") },
    unknown: "ABUK",
  });
}

async function read(
  t: TestContext,
  content: string | Uint8Array,
  request: Partial<FeedRequest> & Partial<RecordedOptions> & { readonly name?: string } = {},
): Promise<Answer> {
  const path = await fileWith(t, content, request.name);
  const { interval: given, adjusted = "splits" } = request;
  const options = { path, clock: systemClock, adjusted };
  const feed = recordedFeed(given === undefined ? options : { ...options, interval: given });
  const interval = await feed.interval();
  return answerOf(feed.history({ symbols: "all", ...request, interval }, never));
}

function csv(...lines: readonly string[]): string {
  return [header, ...lines, ""].join("\n");
}

test("a bar carries the row's values, the file's name and what the options say", async (t) => {
  const { bars } = await read(t, csv(good), { adjusted: "none" });
  const [bar] = bars;
  assert.ok(bar !== undefined);
  assert.ok(Math.abs(bar.ingestedMs - systemClock.nowMs()) < 60_000);
  assert.deepEqual(bar, {
    symbol: "ABUK",
    exchange: "EGX",
    interval: parseInterval("Daily"),
    startMs: Date.UTC(2025, 7, 3, 7),
    open: 49.12,
    high: 49.13,
    low: 49.11,
    close: 49.11,
    volume: 4696,
    ingestedMs: bar.ingestedMs,
    final: true,
    source: "csv:prices.csv",
    currency: "EGP",
    adjusted: "none",
  });
});

test("an inferred interval is said, a given one is not", async (t) => {
  const inferred = await read(t, csv(good, next));
  assert.deepEqual(inferred.notices, [
    "prices.csv: its rows look like 1 Minute bars; give --interval if they are others",
  ]);
  const given = await read(t, csv(good, next), { interval: parseInterval("5 Minute") });
  assert.deepEqual(given.notices, []);
  assert.equal(given.bars[0]?.interval.name, "5 Minute");
});

test("a request for another interval than the file's is refused", async (t) => {
  const path = await fileWith(t, csv(good, next));
  const feed = recordedFeed({ path, clock: systemClock });
  const request: FeedRequest = { symbols: "all", interval: parseInterval("Daily") };
  await assert.rejects(answerOf(feed.history(request, never)), {
    code: "E_USAGE",
    message: "prices.csv holds 1 Minute bars, and Daily was asked for",
  });
});

test("gzip is known by its bytes, whatever the file is called", async (t) => {
  for (const [name, content] of [
    ["prices.csv", gzipSync(csv(good, next))],
    ["prices.csv.gz", csv(good, next)],
  ] as const) {
    const { bars } = await read(t, content, { name });
    assert.deepEqual(
      bars.map((bar) => [bar.close, bar.source]),
      [
        [49.11, `csv:${name}`],
        [49.01, `csv:${name}`],
      ],
    );
  }
});

test("byte order mark, CRLF, blank lines, quotes and a missing last line end are fine", async (t) => {
  const text = [`\uFEFF${header},name`, "", `"${good.split(",").join('","')}","a ""b"", c"`, next];
  const { bars, rejected } = await read(t, text.join("\r\n"));
  assert.deepEqual(
    bars.map((bar) => bar.close),
    [49.11, 49.01],
  );
  assert.deepEqual(rejected, []);
});

test("empty, - and N/A are unknown values", async (t) => {
  const { bars } = await read(t, csv("COMI,2025-08-03,,-,N/A,5,n/a"));
  const [bar] = bars;
  assert.ok(bar !== undefined);
  assert.deepEqual(
    [bar.open, bar.high, bar.low, bar.close, bar.volume],
    [null, null, null, 5, null],
  );
});

test("numbers may be grouped in thousands, shares be given in K, M and B", async (t) => {
  const text = 'Date,Price,Open,High,Low,Vol.\n2025-08-03,"1,234.5","1,230.25",1240,1200,1.16M\n';
  const { bars } = await read(t, text, { symbols: ["COMI"] });
  const [bar] = bars;
  assert.ok(bar !== undefined);
  assert.deepEqual([bar.close, bar.open, bar.volume], [1234.5, 1230.25, 1_160_000]);
});

test("a file without symbols is of the one symbol that is asked for", async (t) => {
  const text = "Date,Close\n2025-08-03,5\n";
  const { bars } = await read(t, text, { symbols: ["COMI"] });
  assert.equal(bars[0]?.symbol, "COMI");
  for (const symbols of ["all", ["COMI", "ETEL"]] as const) {
    await assert.rejects(read(t, text, { symbols }), { code: "E_FILE_FORMAT" });
  }
});

test("a symbol that has no bars for what is asked is a failure of its own", async (t) => {
  const from = Temporal.PlainDate.from("2026-01-01");
  const { failed } = await read(t, csv(good, next), { symbols: ["ABUK", "COMI"], from });
  assert.deepEqual(
    failed.map(({ symbol, error }) => [symbol, error.code]),
    [
      ["ABUK", "E_FEED_NO_DATA"],
      ["COMI", "E_FEED_SYMBOL_UNKNOWN"],
    ],
  );
});

const refused: readonly (readonly [string, string, EgxError["code"]])[] = [
  ["a price of 0", "ABUK,2025-08-03 07:20:00,0,49.13,49.11,49.11,1", "E_BAR_PRICE"],
  ["a negative price", "ABUK,2025-08-03 07:20:00,1,49.13,49.11,-49.11,1", "E_BAR_PRICE"],
  ["NaN", "ABUK,2025-08-03 07:20:00,NaN,49.13,49.11,49.11,1", "E_MESSAGE_FIELD"],
  ["infinity", "ABUK,2025-08-03 07:20:00,1e999,49.13,49.11,49.11,1", "E_MESSAGE_FIELD"],
  ["text in a number", "ABUK,2025-08-03 07:20:00,49.1x,49.13,49.11,49.11,1", "E_MESSAGE_FIELD"],
  ["a hexadecimal number", "ABUK,2025-08-03 07:20:00,0x1F,49,49,49,1", "E_MESSAGE_FIELD"],
  ["high below low", "ABUK,2025-08-03 07:20:00,49.12,49,49.11,49.11,1", "E_BAR_RANGE"],
  ["negative volume", "ABUK,2025-08-03 07:20:00,49.12,49.13,49.11,49.11,-1", "E_BAR_VOLUME"],
  ["no close", "ABUK,2025-08-03 07:20:00,49.12,49.13,49.11,,1", "E_MESSAGE_FIELD"],
  ["a row that ends early", "ABUK,2025-08-03 07:20:00,49.12", "E_MESSAGE_FIELD"],
  ["a date that does not exist", "ABUK,2025-02-30 07:19:00,1,1,1,1,1", "E_BAR_TIME"],
  ["no time at all", "ABUK,,1,1,1,1,1", "E_BAR_TIME"],
  ["a date of another century", "ABUK,1889-08-03 07:19:00,1,1,1,1,1", "E_BAR_TIME"],
  ["a path as a symbol", "../../etc/passwd,2025-08-03 07:20:00,1,1,1,1,1", "E_BAR_SYMBOL"],
  ["a slash in a symbol", "A/B,2025-08-03 07:20:00,1,1,1,1,1", "E_BAR_SYMBOL"],
  ["no symbol", ",2025-08-03 07:20:00,1,1,1,1,1", "E_BAR_SYMBOL"],
  ["a quote that is never closed", '"ABUK,2025-08-03 07:20:00,1,1,1,1,1', "E_MESSAGE_FIELD"],
];

for (const [title, row, code] of refused) {
  test(`${title} is a refused row between two bars`, async (t) => {
    const { bars, rejected, events } = await read(t, csv(good, row, next));
    assert.deepEqual(
      bars.map((bar) => bar.close),
      [49.11, 49.01],
    );
    assert.deepEqual(
      events.map((event) => event.kind),
      ["notice", "bars", "rejected", "bars"],
    );
    const [event] = rejected;
    assert.ok(event !== undefined);
    assert.equal(event.error.code, code);
    const decoded = decodeMessage(event.message);
    assert.ok(!decoded.ok, "its message is no bar either");
    assert.deepEqual([decoded.code, decoded.reason], [code, event.error.message]);
    assert.equal(fieldsOf(event.message)["line"], 3);
  });
}

test("a refused row's message has the values as the file gave them", async (t) => {
  const row = "ABUK,2025-08-03 07:20:00,49.1x,49.13,0,,-5";
  const { rejected } = await read(t, csv(good, row, next));
  const [event] = rejected;
  assert.ok(event !== undefined);
  assert.equal(event.symbol, "ABUK");
  const message = fieldsOf(event.message);
  assert.deepEqual(message, {
    symbol: "ABUK",
    exchange: "EGX",
    interval: "1 Minute",
    datetime: "2025-08-03T10:20:00+03:00",
    open: "49.1x",
    high: 49.13,
    low: 0,
    close: null,
    volume: -5,
    ingestion_timestamp: message["ingestion_timestamp"],
    final: true,
    source: "csv:prices.csv",
    currency: "EGP",
    adjusted: "splits",
    v: 1,
    line: 3,
  });
});

test("a line of 10 MB is a refused row that says its number, its size and its beginning", async (t) => {
  const long = `ABUK,2025-08-03 07:20:00,${"9".repeat(10_000_000)}`;
  const { bars, rejected } = await read(t, csv(good, long, next));
  assert.deepEqual(
    bars.map((bar) => bar.close),
    [49.11, 49.01],
  );
  const [event] = rejected;
  assert.ok(event !== undefined && rejected.length === 1);
  assert.ok(event.message.length < 1000);
  const { line, bytes, text } = fieldsOf(event.message);
  assert.deepEqual([line, bytes], [3, long.length]);
  assert.ok(typeof text === "string" && long.startsWith(text) && text.length > 50);
  assert.equal(decodeMessage(event.message).ok, false);
});

test("rows out of the selection are not refused, whatever they hold", async (t) => {
  const bad = ["COMI,2025-08-03 07:19:00,0,0,0,0,0", "ABUK,2025-08-04 07:19:00,0,0,0,0,0"];
  const to = Temporal.PlainDate.from("2025-08-03");
  const answer = await read(t, csv(good, next, ...bad), { symbols: ["ABUK"], to });
  assert.equal(answer.bars.length, 2);
  assert.deepEqual([answer.rejected, answer.failed], [[], []]);
});

test("an offset in a stamp decides, whatever the column is called", async (t) => {
  const text =
    "ticker,ts_cairo,price\nCOMI,2025-11-24T10:00:00+02:00,1\nCOMI,2025-11-24T08:01Z,2\n" +
    "COMI,2025-11-24T10:02,3\n";
  const { bars } = await read(t, text);
  assert.deepEqual(
    bars.map((bar) => cairoIsoOf(bar.startMs)),
    ["2025-11-24T10:00:00+02:00", "2025-11-24T10:01:00+02:00", "2025-11-24T10:02:00+02:00"],
  );
});

test("the hour that daylight saving skips is a refused row", async (t) => {
  const text = "symbol,ts_cairo,close\nCOMI,2024-04-25T10:00,1\nCOMI,2024-04-26T00:30,2\n";
  const { bars, rejected } = await read(t, text, { interval: parseInterval("30 Minute") });
  assert.equal(bars.length, 1);
  assert.deepEqual(
    rejected.map(({ error }) => error.code),
    ["E_BAR_TIME"],
  );
});

test("date and time may stand in two columns", async (t) => {
  const text = "<TICKER>,<DATE>,<TIME>,<CLOSE>\nCOMI,2025-11-24,10:00,1\nCOMI,2025-11-24,10:05,2\n";
  const { bars } = await read(t, text);
  assert.deepEqual(
    bars.map((bar) => [cairoIsoOf(bar.startMs), bar.interval.name]),
    [
      ["2025-11-24T10:00:00+02:00", "5 Minute"],
      ["2025-11-24T10:05:00+02:00", "5 Minute"],
    ],
  );
});

test("a row that goes back in time after the first ones stops, and says where", async (t) => {
  const many = Array.from(
    { length: 30_000 },
    (_, index) => `COMI,${new Date(index * 60_000 + Date.UTC(2025, 0)).toISOString()},,,,5,`,
  );
  const answer = read(t, csv(...many, "COMI,2025-01-01T00:00:00Z,,,,5,"));
  await assert.rejects(answer, (error: EgxError) => {
    assert.equal(error.code, "E_FILE_FORMAT");
    assert.match(
      error.message,
      /^prices\.csv line 30002: COMI goes back from .* to 2025-01-01T02:00/,
    );
    return true;
  });
});
