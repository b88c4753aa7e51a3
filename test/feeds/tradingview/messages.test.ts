import assert from "node:assert/strict";
import { suite, test } from "node:test";
import * as fc from "fast-check";
import { decodeFrames } from "../../../src/feeds/tradingview/frames.ts";
import { readMessage, type FeedMessage } from "../../../src/feeds/tradingview/messages.ts";

/** The message of a frame's payload, as other clients captured it. */
function read(payload: string): FeedMessage {
  const [frame] = decodeFrames(`~m~${payload.length}~m~${payload}`).frames;
  assert.ok(frame?.kind === "json");
  return readMessage(frame.value).message;
}

suite("messages, as they were captured", () => {
  test("the hello", () => {
    const hello =
      '{"session_id":"0.4607.904_dal-charts-free-4-tvbs-c2fn6-2","timestamp":1742933763,' +
      '"timestampMs":1742933763175,"release":"release_208-49","auth_scheme_vsn":2,' +
      '"protocol":"json","via":"209.58.146.82:443","javastudies":["3.66"]}';
    assert.deepEqual(read(hello), { kind: "hello", serverMs: 1742933763175, redirect: null });
    assert.deepEqual(read('{"session_id":"x","timestamp":1742933763,"redirect":"prodata"}'), {
      kind: "hello",
      serverMs: 1742933763000,
      redirect: "prodata",
    });
  });

  test("bars, with and without volume, beside a study", () => {
    const update =
      '{"m":"timescale_update","p":["cs_HkkyfdFBmlYf",{"sds_7":{"node":"sin1","s":[' +
      '{"i":0,"v":[1640183400.0,4650.36,4697.67,4645.53,4696.57,1798000000.0]},' +
      '{"i":367,"v":[1686317400.0,4304.88,4322.62,4291.7,4298.87]}],' +
      '"ns":{"d":"","indexes":[]},"t":"s1","lbs":{"bar_close_time":1686341399}},' +
      '"st1":{"st":[{"i":0,"v":[1640183400.0,1]}],"ns":{"d":"","indexes":[]},"t":"st1"}},' +
      '{"index":0,"zoffset":0,"changes":[1640183400.0],"marks":[],"index_diff":[]}],' +
      '"t":1686475613,"t_ms":1686475613164}';
    assert.deepEqual(read(update), {
      kind: "bars",
      session: "cs_HkkyfdFBmlYf",
      updates: [
        {
          seriesId: "sds_7",
          turnaround: "s1",
          rows: [
            [1640183400, 4650.36, 4697.67, 4645.53, 4696.57, 1798000000],
            [1686317400, 4304.88, 4322.62, 4291.7, 4298.87],
          ],
        },
      ],
    });
  });

  test("an update of one bar", () => {
    const update =
      '{"m":"du","p":["cs_saydeutqehrd",{"s1":{"s":[{"i":300,"v":' +
      "[1663050540.0,1721.18,1721.75,1721.17,1721.74,229.7826]}]," +
      '"ns":{"d":"","indexes":"nochange"},"t":"s1","lbs":{"bar_close_time":1663050600}}}]}';
    const message = read(update);
    assert.ok(message.kind === "bars");
    assert.deepEqual(message.updates[0]?.rows, [
      [1663050540, 1721.18, 1721.75, 1721.17, 1721.74, 229.7826],
    ]);
  });

  test("the end of an answer", () => {
    const completed =
      '{"m":"series_completed","p":["cs_FgfPxXzCgyqG","sds_2","delayed_streaming_900","s1",' +
      '{"rt_update_period":5}],"t":1686475613,"t_ms":1686475613179}';
    const expected = {
      kind: "series-completed",
      session: "cs_FgfPxXzCgyqG",
      seriesId: "sds_2",
      updateMode: "delayed_streaming_900",
      turnaround: "s1",
      end: false,
    };
    assert.deepEqual(read(completed), expected);
    const end = completed.replace('"rt_update_period":5', '"data_completed":"end"');
    assert.deepEqual(read(end), { ...expected, end: true });
  });

  test("refusals, each with its reason", () => {
    const frames = [
      '{"m":"symbol_error","p":["cs_1","symbol_1","invalid symbol"],"t":1742933764}',
      '{"m":"symbol_error","p":["cs_1","symbol_1","permission denied","group","egx"]}',
      '{"m":"series_error","p":["cs_1","s1","s1","resolve error","dal-charts-free-4"]}',
      '{"m":"series_error","p":["cs_1","s1","s1",{"error":"custom_resolution","ctx":{}}]}',
      '{"m":"critical_error","p":["qs_1","invalid_parameters","quote_add_symbols"]}',
      '{"m":"critical_error","p":["cs_1","max sessions rate reached"]}',
      '{"m":"protocol_error","p":["bad auth token"]}',
      '{"m":"notify_user","p":[{"reason":"connections limit reached"}]}',
    ];
    assert.deepEqual(frames.map(read), [
      { kind: "symbol-error", session: "cs_1", symbolId: "symbol_1", reasons: ["invalid symbol"] },
      {
        kind: "symbol-error",
        session: "cs_1",
        symbolId: "symbol_1",
        reasons: ["permission denied", "group", "egx"],
      },
      {
        kind: "series-error",
        session: "cs_1",
        seriesId: "s1",
        turnaround: "s1",
        reason: "resolve error",
      },
      {
        kind: "series-error",
        session: "cs_1",
        seriesId: "s1",
        turnaround: "s1",
        reason: "custom_resolution",
      },
      {
        kind: "critical-error",
        session: "qs_1",
        reason: "invalid_parameters",
        info: "quote_add_symbols",
      },
      { kind: "critical-error", session: "cs_1", reason: "max sessions rate reached", info: "" },
      { kind: "protocol-error", reason: "bad auth token" },
      { kind: "notify", reason: "connections limit reached" },
    ]);
  });

  test("quotes", () => {
    const quote =
      '{"m":"qsd","p":["qs_PL4Mnuk8pRGP",{"n":"NASDAQ:NDX","s":"ok","v":' +
      '{"volume":1e+100,"update_mode":"delayed_streaming_900","lp":14528.3605}}]}';
    assert.deepEqual(read(quote), {
      kind: "quote",
      session: "qs_PL4Mnuk8pRGP",
      name: "NASDAQ:NDX",
      status: "ok",
      values: { volume: 1e100, update_mode: "delayed_streaming_900", lp: 14528.3605 },
    });
    assert.deepEqual(read('{"m":"quote_completed","p":["qs_PL4Mnuk8pRGP","NASDAQ:NDX"]}'), {
      kind: "quote-completed",
      session: "qs_PL4Mnuk8pRGP",
      name: "NASDAQ:NDX",
    });
  });

  test("what is of no use, and what is not understood", () => {
    assert.deepEqual(read('{"m":"study_completed","p":["cs_1","st2","s1_st1"]}'), {
      kind: "other",
      name: "study_completed",
    });
    for (const broken of [
      '{"m":"du","p":[]}',
      '{"m":"du","p":["cs_1",7]}',
      '{"m":"series_completed","p":"cs_1"}',
      '{"m":"symbol_error","p":[null,null]}',
      '{"m":7}',
    ]) {
      assert.equal(read(broken).kind, "malformed", broken);
    }
  });

  test("any object is read without a crash", () => {
    const names = ["du", "series_completed", "series_error", "symbol_resolved", "qsd", "hm"];
    const values = fc.record({ m: fc.constantFrom(...names), p: fc.jsonValue() });
    fc.assert(
      fc.property(values, (value) => {
        const { message } = readMessage(value);
        assert.ok(message.kind !== "hello");
      }),
      { numRuns: 500 },
    );
  });
});
