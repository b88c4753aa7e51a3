import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { utf8 } from "../../src/base/bytes.ts";
import { hasCode } from "../../src/base/errors.ts";
import {
  decodeMessage,
  decodeText,
  encodeBar,
  messageBytesMax,
  parseBar,
  rejectedMessage,
  type Decoded,
} from "../../src/market/codec.ts";
import { intervalByCode } from "../../src/market/interval.ts";
import { anyBar } from "./bars.ts";

const good = {
  symbol: "COMI",
  exchange: "EGX",
  interval: "Daily",
  datetime: "2025-11-24T10:00:00+02:00",
  open: 105.5,
  high: 107,
  low: 104.25,
  close: 106.1,
  volume: 1_234_567,
  ingestion_timestamp: "2025-11-24T15:00:00.123Z",
  final: true,
  source: "tradingview",
  currency: "EGP",
  adjusted: "splits",
  v: 1,
};

/** As the old Python producer publishes, `json.dumps(…, indent=2)`. */
const oldMessage = `{
  "symbol": "COMI",
  "exchange": "EGX",
  "interval": "Daily",
  "datetime": "2025-11-24T10:00:00",
  "open": 105.50,
  "high": 107,
  "low": 104.25,
  "close": 106.1,
  "volume": 4696.0,
  "ingestion_timestamp": "2025-11-24T22:30:00.123456"
}`;

test("a bar is written in the contract's order, on one line", () => {
  const decoded = accepted(JSON.stringify(good));
  assert.equal(encodeBar(decoded.bar), JSON.stringify(good));
});

test("a bar survives the wire, whatever its numbers", () => {
  fc.assert(
    fc.property(anyBar, (bar) => {
      const line = encodeBar(bar);
      const decoded = accepted(line);
      assert.deepEqual(decoded.bar, bar);
      assert.equal(decoded.line, line);
      assert.ok(!line.includes("\n"));
      const pretty = accepted(JSON.stringify(JSON.parse(line), null, 2));
      assert.deepEqual(pretty.bar, bar);
    }),
    { numRuns: 2000 },
  );
});

test("a message of the old producer is read, and its line keeps every token", () => {
  const decoded = accepted(oldMessage);
  assert.deepEqual(decoded.bar, {
    symbol: "COMI",
    exchange: "EGX",
    interval: intervalByCode("1d"),
    startMs: Date.parse("2025-11-24T10:00:00+02:00"),
    open: 105.5,
    high: 107,
    low: 104.25,
    close: 106.1,
    volume: 4696,
    ingestedMs: Date.parse("2025-11-24T22:30:00.123Z"),
    // 22:30 UTC is the next day in Cairo.
    final: true,
    source: "tradingview",
    currency: "EGP",
    adjusted: "splits",
  });
  assert.equal(decoded.date, "2025-11-24");
  assert.equal(
    decoded.line,
    '{"symbol":"COMI","exchange":"EGX","interval":"Daily","datetime":"2025-11-24T10:00:00",' +
      '"open":105.50,"high":107,"low":104.25,"close":106.1,"volume":4696.0,' +
      '"ingestion_timestamp":"2025-11-24T22:30:00.123456"}',
  );
});

test("any of the last five fields may be missing, and each has its own default", () => {
  const names = ["final", "source", "currency", "adjusted", "v"] as const;
  const values = { final: false, source: "csv:x", currency: "USD", adjusted: "none", v: 1 };
  const defaults = { final: true, source: "tradingview", currency: "EGP", adjusted: "splits" };
  fc.assert(
    fc.property(fc.subarray([...names]), (kept) => {
      const early = { ...good, ...values, datetime: "2025-11-20" };
      const { bar, line } = accepted(JSON.stringify(without(early, names, kept)));
      for (const name of ["final", "source", "currency", "adjusted"] as const) {
        assert.equal(bar[name], kept.includes(name) ? values[name] : defaults[name], name);
      }
      for (const name of names) {
        assert.equal(line.includes(`"${name}":`), kept.includes(name), `${name} in ${line}`);
      }
    }),
  );
});

test("an old bar is final when its Cairo date lies before that of its ingestion", () => {
  const cases = [
    ["2025-11-24T10:00:00", "2025-11-24T21:59:59.999999", false],
    ["2025-11-24T10:00:00", "2025-11-24T22:00:00", true],
    ["2025-11-24T10:00:00", "2025-11-23T10:00:00", false],
    ["2025-07-08T10:00:00", "2025-07-08T21:00:00", true],
  ] as const;
  for (const [datetime, ingestion_timestamp, final] of cases) {
    const { final: _, ...rest } = { ...good, datetime, ingestion_timestamp };
    assert.equal(accepted(JSON.stringify(rest)).bar.final, final, ingestion_timestamp);
  }
});

test("daily and longer bars start at 10:00 of their period, and keep the written date", () => {
  const cases = [
    ["Daily", "2025-11-24T00:00:00", "2025-11-24", "2025-11-24"],
    ["Daily", "2025-11-24T23:59:00-05:00", "2025-11-24", "2025-11-24"],
    ["Daily", "2025-11-23T22:00:00Z", "2025-11-23", "2025-11-23"],
    ["Daily", "2025-04-25 00:30:00", "2025-04-25", "2025-04-25"],
    ["Weekly", "2025-11-24", "2025-11-24", "2025-11-23"],
    ["Weekly", "2025-11-23T10:00:00+02:00", "2025-11-23", "2025-11-23"],
    ["Weekly", "2025-11-29T10:00:00+02:00", "2025-11-29", "2025-11-23"],
    ["Monthly", "2025-11-24", "2025-11-24", "2025-11-01"],
    ["Monthly", "2025-12-31", "2025-12-31", "2025-12-01"],
  ] as const;
  for (const [interval, datetime, date, start] of cases) {
    const decoded = accepted(JSON.stringify({ ...good, interval, datetime }));
    assert.equal(decoded.date, date, datetime);
    const ten = Temporal.PlainDateTime.from(`${start}T10:00`).toZonedDateTime("Africa/Cairo");
    assert.equal(decoded.bar.startMs, ten.epochMilliseconds, `${interval} ${datetime}`);
  }
});

test("an intraday bar is its instant, and its date is Cairo's", () => {
  const cases = [
    ["2025-11-24T10:31:00", "2025-11-24T10:31:00+02:00", "2025-11-24"],
    ["2025-11-24 10:31:00", "2025-11-24T10:31:00+02:00", "2025-11-24"],
    ["2025-11-24T08:31:00Z", "2025-11-24T10:31:00+02:00", "2025-11-24"],
    ["2025-11-23T22:30:00Z", "2025-11-24T00:30:00+02:00", "2025-11-24"],
    ["2025-07-08T10:00:00", "2025-07-08T10:00:00+03:00", "2025-07-08"],
    ["2025-07-08T10:00:00+02:00", "2025-07-08T11:00:00+03:00", "2025-07-08"],
  ] as const;
  for (const [datetime, instant, date] of cases) {
    const decoded = accepted(JSON.stringify({ ...good, interval: "1 Minute", datetime }));
    assert.equal(decoded.bar.startMs, Date.parse(instant), datetime);
    assert.equal(decoded.date, date);
  }
});

test("unknown prices and volumes are null; an open or close outside the range is no fault", () => {
  const { bar } = accepted(text({ open: null, high: null, low: null, volume: null }));
  assert.deepEqual([bar.open, bar.high, bar.low, bar.volume], [null, null, null, null]);
  accepted(text({ open: 1, close: 900 }));
  accepted(text({ low: 107 }));
  accepted(text({ high: null, low: 900 }));
  accepted(text({ volume: 0 }));
  assert.ok(Object.is(accepted(text({ volume: 0 }).replace(':0,"ing', ':-0,"ing')).bar.volume, 0));
});

test("extra fields are kept, nested ones and repetitions inside them too", () => {
  const line = `${JSON.stringify(good).slice(0, -1)},"note":{"log_id":1,"a":[1.10,1e2],"a":null}}`;
  assert.equal(accepted(line).line, line);
});

test("names with escapes are names as any other", () => {
  const body = text({}).slice(0, -1);
  accepted(String.raw`${body},"\"":1,"\\":2,"\n":3}`);
  // These two are not one, although they are parsed under one name.
  accepted(String.raw`${body},"\"":1,"\uE022":2}`);
  const line = String.raw`${body.replace("close", String.raw`\u0063lose`)}}`;
  assert.equal(accepted(line).line, line);
});

test("every code of a dead letter", () => {
  const letters: readonly (readonly [string, string | Uint8Array | null])[] = [
    ["E_MESSAGE_EMPTY", null],
    ["E_MESSAGE_EMPTY", new Uint8Array()],
    ["E_MESSAGE_TOO_LARGE", new Uint8Array(messageBytesMax + 1)],
    ["E_MESSAGE_UTF8", new Uint8Array([0x7b, 0xff, 0x7d])],
    ["E_MESSAGE_UTF8", utf8(text({ note: "é" })).slice(0, -3)],
    ["E_MESSAGE_JSON", " "],
    ["E_MESSAGE_JSON", "{"],
    ["E_MESSAGE_JSON", `\uFEFF${text({})}`],
    ["E_MESSAGE_JSON", `${text({})}${text({})}`],
    ["E_MESSAGE_JSON", text({}).replace("106.1", "NaN")],
    ["E_MESSAGE_JSON", text({}).replace("106.1", "01")],
    ["E_MESSAGE_JSON", "null"],
    ["E_MESSAGE_JSON", "[]"],
    ["E_MESSAGE_JSON", `[${text({})}]`],
    ["E_MESSAGE_JSON", '"COMI"'],
    ["E_MESSAGE_JSON", "12"],
    ["E_MESSAGE_DUPLICATE_FIELD", text({}).replace("{", '{"close":1,')],
    ["E_MESSAGE_DUPLICATE_FIELD", text({}).replace("{", String.raw`{"\u0063lose":1,`)],
    ["E_MESSAGE_DUPLICATE_FIELD", text({}).replace("{", '{"x":1, "x" : 1,')],
    ["E_MESSAGE_DUPLICATE_FIELD", text({}).replace("{", '{"__proto__":1,"__proto__":1,')],
    ["E_MESSAGE_RESERVED_FIELD", text({ log_offset: 7 })],
    ["E_MESSAGE_RESERVED_FIELD", text({ log_: null })],
    ["E_MESSAGE_RESERVED_FIELD", text({}).replace("{", String.raw`{"lo\u0067_id":1,`)],
    ["E_MESSAGE_RESERVED_FIELD", text({}).replace("{", String.raw`{"log_\"":1,`)],
    ["E_MESSAGE_DUPLICATE_FIELD", text({}).replace("{", String.raw`{"\"":1,"\u0022":2,`)],
    ["E_MESSAGE_VERSION", text({ v: 2 })],
    ["E_MESSAGE_VERSION", '{"v":2}'],
    ["E_MESSAGE_VERSION", '{"v":2,"log_offset":1}'],
    ["E_MESSAGE_FIELD", text({ v: 0 })],
    ["E_MESSAGE_FIELD", text({ v: "1" })],
    ["E_MESSAGE_FIELD", text({ v: null })],
    ["E_MESSAGE_FIELD", "{}"],
    ["E_MESSAGE_FIELD", text({ symbol: 7 })],
    ["E_MESSAGE_FIELD", text({ exchange: "egx" })],
    ["E_MESSAGE_FIELD", text({ exchange: "E/X" })],
    ["E_MESSAGE_FIELD", text({ interval: null })],
    ["E_MESSAGE_FIELD", text({ datetime: 1_763_971_200 })],
    ["E_MESSAGE_FIELD", text({ close: null })],
    ["E_MESSAGE_FIELD", text({ close: "106.1" })],
    ["E_MESSAGE_FIELD", text({ open: "n/a" })],
    ["E_MESSAGE_FIELD", text({ high: [] })],
    ["E_MESSAGE_FIELD", text({ low: false })],
    ["E_MESSAGE_FIELD", text({ volume: "1.2M" })],
    ["E_MESSAGE_FIELD", text({ ingestion_timestamp: "yesterday" })],
    ["E_MESSAGE_FIELD", text({ ingestion_timestamp: "1970-01-01T00:00:00Z" })],
    ["E_MESSAGE_FIELD", text({ final: "true" })],
    ["E_MESSAGE_FIELD", text({ final: null })],
    ["E_MESSAGE_FIELD", text({ source: "" })],
    ["E_MESSAGE_FIELD", text({ source: "../x" })],
    ["E_MESSAGE_FIELD", text({ source: "CSV:x" })],
    ["E_MESSAGE_FIELD", text({ source: ":x" })],
    ["E_MESSAGE_FIELD", text({ source: `csv:${"x".repeat(200)}` })],
    ["E_MESSAGE_FIELD", text({ currency: "egp" })],
    ["E_MESSAGE_FIELD", text({ currency: "EGPX" })],
    ["E_MESSAGE_FIELD", text({ adjusted: "yes" })],
    ["E_BAR_SYMBOL", text({ symbol: "" })],
    ["E_BAR_SYMBOL", text({ symbol: "../../etc" })],
    ["E_BAR_SYMBOL", text({ symbol: "CO/MI" })],
    ["E_BAR_SYMBOL", text({ symbol: ".." })],
    ["E_BAR_SYMBOL", text({ symbol: "COMI\n" })],
    ["E_BAR_SYMBOL", text({ symbol: "COMI\u0000" })],
    ["E_BAR_INTERVAL", text({ interval: "daily" })],
    ["E_BAR_INTERVAL", text({ interval: "1d" })],
    ["E_BAR_INTERVAL", text({ interval: "toString" })],
    ["E_BAR_TIME", text({ datetime: "24/11/2025" })],
    ["E_BAR_TIME", text({ datetime: "2025-02-29" })],
    ["E_BAR_TIME", text({ datetime: "2025-11-24T25:00:00" })],
    ["E_BAR_TIME", text({ datetime: "1989-12-31" })],
    ["E_BAR_TIME", text({ datetime: "2100-01-01" })],
    ["E_BAR_TIME", text({ interval: "Weekly", datetime: "1990-01-01" })],
    ["E_BAR_TIME", text({ interval: "1 Minute", datetime: "2025-04-25T00:30:00" })],
    ["E_BAR_TIME", text({ interval: "1 Minute", datetime: "1989-12-31T21:59:00Z" })],
    ["E_BAR_TIME", text({ interval: "1 Minute", datetime: "2099-12-31T22:00:00Z" })],
    ["E_BAR_PRICE", text({ close: 0 })],
    ["E_BAR_PRICE", text({ close: -1 })],
    ["E_BAR_PRICE", text({}).replace("106.1", "1e400")],
    ["E_BAR_PRICE", text({ open: 0 })],
    ["E_BAR_PRICE", text({ high: 0 })],
    ["E_BAR_PRICE", text({ low: -0.01 })],
    ["E_BAR_RANGE", text({ high: 104.24 })],
    ["E_BAR_VOLUME", text({ volume: -1 })],
    ["E_BAR_VOLUME", text({}).replace("1234567", "1e999")],
  ];
  for (const [code, message] of letters) {
    const decoded = decodeMessage(typeof message === "string" ? utf8(message) : message);
    const shown = typeof message === "string" ? message : String(message).slice(0, 40);
    assert.equal(decoded.ok ? "accepted" : decoded.code, code, shown);
    assert.ok(!decoded.ok && decoded.reason.length > 0 && decoded.reason.length < 300, shown);
  }
});

test("every field that must be there is missed by its name", () => {
  const names = ["symbol", "exchange", "interval", "datetime", "open", "high", "low", "close"];
  for (const name of [...names, "volume", "ingestion_timestamp"]) {
    const decoded = decodeText(text({ [name]: undefined }));
    assert.deepEqual(decoded, { ok: false, code: "E_MESSAGE_FIELD", reason: `${name} is missing` });
  }
});

test("a reason names the field and its value, cut where it is long", () => {
  const reasons = [
    [text({ close: "106,1" }), 'close is "106,1", and must be a number'],
    [text({ high: 104 }), "the high 104 is below the low 104.25"],
    [text({}).replace("{", '{"close":1,'), 'the field "close" occurs twice'],
    [text({ symbol: "a".repeat(100) }), `symbol "${"a".repeat(80)}…" is not a safe ticker`],
    [text({ volume: {} }), "volume is an object, and must be a number or null"],
  ] as const;
  for (const [message, reason] of reasons) {
    const decoded = decodeText(message);
    assert.equal(decoded.ok ? "accepted" : decoded.reason, reason);
  }
});

test("the largest message is read, and one byte more is not", () => {
  const room = messageBytesMax - text({ note: "" }).length;
  accepted(text({ note: "x".repeat(room) }));
  const larger = decodeMessage(utf8(text({ note: "x".repeat(room + 1) })));
  assert.equal(larger.ok ? "accepted" : larger.code, "E_MESSAGE_TOO_LARGE");
});

test("no bytes make it throw", () => {
  const junk = fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    fc.json().map(utf8),
    fc.record({ at: fc.nat(400), byte: fc.nat(255) }).map(({ at, byte }) => {
      const bytes = utf8(text({}));
      bytes[at % bytes.length] = byte;
      return bytes;
    }),
  );
  fc.assert(
    fc.property(junk, (bytes) => typeof decodeMessage(bytes).ok === "boolean"),
    { numRuns: 5000 },
  );
  const deep = `${text({}).slice(0, -1)},"x":${"[".repeat(400_000)}${"]".repeat(400_000)}}`;
  assert.equal(typeof decodeMessage(utf8(deep)).ok, "boolean");
});

test("a decision depends on the bytes alone", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...Object.keys(good)), fc.jsonValue()), (changed) => {
      const message = utf8(JSON.stringify({ ...good, ...changed }));
      assert.deepEqual(decodeMessage(message), decodeMessage(message.slice()));
    }),
  );
});

test("fields are parsed as the message that they would be", () => {
  assert.deepEqual(parseBar(good), accepted(text({})).bar);
  const wrong: readonly (readonly [
    Record<string, unknown>,
    "E_BAR_PRICE" | "E_MESSAGE_VERSION",
  ])[] = [
    [{ close: Number.NaN }, "E_BAR_PRICE"],
    [{ open: Infinity }, "E_BAR_PRICE"],
    [{ v: 2 }, "E_MESSAGE_VERSION"],
  ];
  for (const [change, code] of wrong) {
    assert.throws(
      () => parseBar({ ...good, ...change }),
      (error) => hasCode(error, code),
    );
  }
});

test("a rejected row is a dead letter as a message too", () => {
  const rows: readonly Record<string, unknown>[] = [
    { ...good, close: Number.NaN },
    { ...good, open: Number.NaN },
    { ...good, volume: Infinity },
    { ...good, high: 1n },
    { ...good, low: undefined },
    { ...good, close: "x".repeat(10_000_000) },
    { ...good, symbol: "A/B" },
    {},
  ];
  for (const row of rows) {
    const message = rejectedMessage(row);
    assert.ok(message.length < 10_000);
    assert.equal(decodeMessage(message).ok, false);
  }
});

function text(change: Record<string, unknown>): string {
  return JSON.stringify({ ...good, ...change });
}

function accepted(message: string): Extract<Decoded, { ok: true }> {
  const decoded = decodeMessage(utf8(message));
  assert.ok(decoded.ok, decoded.ok ? "" : `${decoded.code}: ${decoded.reason}`);
  return decoded;
}

function without(
  fields: Record<string, unknown>,
  optional: readonly string[],
  kept: readonly string[],
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).filter(([name]) => !optional.includes(name) || kept.includes(name)),
  );
}
