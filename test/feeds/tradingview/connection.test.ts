import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { WebSocket } from "ws";
import { seededRandom } from "../../../src/base/random.ts";
import { captureTap } from "../../../src/feeds/tradingview/capture.ts";
import { Circuit } from "../../../src/feeds/tradingview/circuit.ts";
import { decodeFrames, encodeFrame } from "../../../src/feeds/tradingview/frames.ts";
import { Pace } from "../../../src/feeds/pace.ts";
import { EgxError } from "../../../src/base/errors.ts";
import { parseInterval } from "../../../src/market/interval.ts";
import { systemClock } from "../../../src/base/clock.ts";
import {
  dailyRow,
  datesBefore,
  listingOf,
  minuteRows,
} from "../../support/tradingview/listings.ts";
import { Recording } from "../../support/tradingview/recording.ts";
import {
  countedInBytes,
  truncated,
  wrongLength,
  type Outgoing,
} from "../../support/tradingview/wire.ts";
import { TurnedClock } from "../../support/turned-clock.ts";
import { answerOf, never } from "../events.ts";
import { feedOf, standInFor } from "./rig.ts";

const interval = parseInterval("1d");
const rows = datesBefore("2026-06-07", 40).map(dailyRow);
const comi = listingOf("COMI", { "1D": rows });
const request = { symbols: ["COMI"], interval };

suite("connections", () => {
  test("come with an Origin, and with no token of their own", async (t) => {
    const standIn = await standInFor(t, { listings: [comi] });
    const out: string[] = [];
    const tap = (direction: "in" | "out", text: string): void => {
      if (direction === "out") out.push(text);
    };
    await feedOf(t, standIn, { tap }).connect(never);
    assert.deepEqual([...standIn.seen.origins], ["https://www.tradingview.com"]);
    assert.deepEqual(out, ['~m~54~m~{"m":"set_auth_token","p":["unauthorized_user_token"]}']);
  });

  test("follow a redirect of the hello, and only within the feed's domain", async (t) => {
    const there = await standInFor(t, { listings: [comi] });
    const here = await standInFor(t, { listings: [] });
    here.redirect = `127.0.0.1:${there.port}`;
    const { bars } = await answerOf(feedOf(t, here).history(request, never));
    assert.equal(bars.length, rows.length);
    here.redirect = "feeds.example.com";
    await assert.rejects(feedOf(t, here).connect(never), { code: "E_FEED_PROTOCOL" });
    here.redirect = `127.0.0.1:${here.port}`;
    await assert.rejects(feedOf(t, here, { limits: { handshakeGapMs: 0 } }).connect(never), {
      code: "E_FEED_PROTOCOL",
    });
  });

  test("that cannot be had are unreachable, refused, barred or late", async (t) => {
    const standIn = await standInFor(t, { listings: [comi] });
    for (const [status, code] of [
      [400, "E_FEED_REFUSED"],
      [403, "E_FEED_BANNED"],
      [429, "E_FEED_BANNED"],
      [503, "E_FEED_UNREACHABLE"],
    ] as const) {
      standIn.refuseStatus = status;
      await assert.rejects(feedOf(t, standIn).connect(never), { code }, `${status}`);
    }
    standIn.refuseStatus = null;
    standIn.isSilent = true;
    const impatient = feedOf(t, standIn, { limits: { helloTimeoutMs: 50 } });
    await assert.rejects(impatient.connect(never), { code: "E_FEED_TIMEOUT" });
    standIn.isDown = true;
    await assert.rejects(feedOf(t, standIn).connect(never), { code: "E_FEED_UNREACHABLE" });
    const asked = answerOf(feedOf(t, standIn).history(request, never));
    await assert.rejects(asked, { code: "E_FEED_UNREACHABLE" });
    const given = new AbortController();
    given.abort();
    await assert.rejects(feedOf(t, standIn).connect(given.signal), { name: "AbortError" });
  });

  test("are ended by a notice that there are too many", async (t) => {
    const standIn = await standInFor(t, { listings: [comi] });
    const feed = feedOf(t, standIn);
    await feed.connect(never);
    standIn.say("notify_user", [{ reason: "connections limit reached" }]);
    while (standIn.connections > 0) await new Promise((resolve) => setTimeout(resolve, 2));
    await assert.rejects(feed.connect(never), { code: "E_FEED_BANNED" });
  });

  test("lose no bar to frames that are damaged, and make none up", async (t) => {
    const standIn = await standInFor(t, { listings: [comi] });
    const limits = { requestTimeoutMs: 300 };
    const spared = new Set(["hello", "series_completed"]);
    const harmless = {
      bytes: (frame: Outgoing) => countedInBytes(frame),
      short: (frame: Outgoing) => wrongLength(frame, -3),
      long: (frame: Outgoing) => wrongLength(frame, 7),
      joined: ({ nth }: Outgoing) => (nth % 2 === 1 ? ("join" as const) : ("send" as const)),
      twice: () => "twice" as const,
    };
    for (const [name, fate] of Object.entries(harmless)) {
      standIn.fate = (frame) => (spared.has(frame.method) ? "send" : fate(frame));
      const feed = feedOf(t, standIn, { limits });
      const { bars, failed } = await answerOf(feed.history(request, never));
      assert.deepEqual([bars.length, failed.length], [rows.length, 0], name);
      await feed.close();
    }
    // What is lost is asked for again, once; it is never taken for "no data".
    for (const [method, most, code] of [
      ["series_completed", 1, null],
      ["timescale_update", 1, null],
      ["timescale_update", 9, "E_FEED_PROTOCOL"],
      ["series_completed", 9, "E_FEED_TIMEOUT"],
    ] as const) {
      let cuts = 0;
      standIn.fate = (frame) => {
        if (frame.method !== method || cuts >= most) return "send";
        cuts += 1;
        return truncated(frame, 12);
      };
      const feed = feedOf(t, standIn, { limits });
      const { bars, failed } = await answerOf(feed.history(request, never));
      assert.deepEqual(
        [bars.length, failed.map(({ error }) => error.code)],
        code === null ? [rows.length, []] : [0, [code]],
        `${method} ${most}`,
      );
    }
  });

  test("give a long history in parts, also when their ends come twice", async (t) => {
    const dates = datesBefore("2026-06-07", 50);
    const minutes = dates.flatMap((date) => minuteRows(date, 0));
    const standIn = await standInFor(t, { listings: [listingOf("COMI", { "1": minutes })] });
    // The second end of the first part comes before the second part does.
    standIn.latencyMs = 40;
    standIn.fate = ({ method, nth }) =>
      method === "series_completed" && nth === 1 ? { againMs: 5 } : "send";
    const all = { symbols: ["COMI"], interval: parseInterval("1m") };
    const { bars } = await answerOf(feedOf(t, standIn).history(all, never));
    assert.equal(bars.length, minutes.length);
    assert.ok((standIn.seen.commands.get("request_more_data") ?? 0) >= 2);
  });

  test("that a session's chance failure is worth another session, once", async (t) => {
    const standIn = await standInFor(t, { listings: [comi] });
    let failures = 0;
    const asError = (reason: string, payload: string): { readonly text: string } => {
      failures += 1;
      const [, session = ""] = /"p":\["(\w+)"/.exec(payload) ?? [];
      const [, series = ""] = /"(sds_\d+)"/.exec(payload) ?? [];
      const p = [session, series, null, reason, "node"];
      return { text: encodeFrame(JSON.stringify({ m: "series_error", p })) };
    };
    for (const [reason, most, code] of [
      ["resolve error", 1, null],
      ["resolve error", 9, "E_FEED_REFUSED"],
      ["custom_resolution", 1, "E_FEED_NOT_ENTITLED"],
      ["unsupported resolution: EGX:COMI, 1D", 1, "E_FEED_REFUSED"],
    ] as const) {
      failures = 0;
      standIn.fate = ({ method, payload }) => {
        const isAnswer = method === "timescale_update" || method === "series_completed";
        if (!isAnswer || failures >= most) return "send";
        return method === "series_completed" ? "drop" : asError(reason, payload);
      };
      const { bars, failed } = await answerOf(feedOf(t, standIn).history(request, never));
      assert.deepEqual(
        [bars.length, failed.map(({ error }) => error.code)],
        code === null ? [rows.length, []] : [0, [code]],
        `${reason} ${most}`,
      );
    }
  });

  test("are used again for the next request", async (t) => {
    const standIn = await standInFor(t, { listings: [comi] });
    const feed = feedOf(t, standIn);
    for (let asked = 0; asked < 12; asked += 1) await answerOf(feed.history(request, never));
    assert.equal(standIn.seen.handshakes, 1);
    const [peer] = standIn.seen.peers;
    assert.ok((peer?.sessionsMade ?? 99) <= 3);
    assert.ok((peer?.seriesPerSession ?? 99) <= 5);
  });

  test("give quotes, merged, with null for what is unknown", async (t) => {
    const bare = listingOf("BARE", { "1D": [[1_780_000_000, 1, 1, 1, 1]] });
    const paid = listingOf("PAID", {}, { refused: ["permission denied"] });
    const standIn = await standInFor(t, { listings: [comi, bare, paid] });
    const symbols = ["COMI", "BARE", "PAID", "NOSUCH"];
    const quotes = await feedOf(t, standIn).quotes(symbols, ["lp", "volume"], never);
    const last = rows.at(-1);
    assert.deepEqual(quotes.get("COMI"), {
      status: "ok",
      values: {
        lp: last?.[4],
        lp_time: last?.[0],
        volume: last?.[5],
        update_mode: "delayed_streaming_900",
      },
    });
    assert.equal(quotes.get("BARE")?.values["volume"], null);
    assert.equal(quotes.get("PAID")?.status, "not-entitled");
    assert.equal(quotes.get("NOSUCH")?.status, "unknown");
  });

  test("can be captured, and a stand-in plays the capture to others", async (t) => {
    const standIn = await standInFor(t, { listings: [comi], windowBars: 30 });
    let capture = "";
    const write = (line: string): void => {
      capture += line;
    };
    const tap = captureTap({ write, clock: systemClock, token: null });
    const symbols = ["NOSUCH", "COMI"];
    const live = await answerOf(feedOf(t, standIn, { tap }).history({ symbols, interval }, never));
    assert.ok(!capture.includes("unauthorized_user_token"));
    const player = await standInFor(t, { listings: [], recording: new Recording(capture) });
    const played = await answerOf(feedOf(t, player).history({ symbols, interval }, never));
    assert.equal(played.bars.length, 30);
    assert.deepEqual(
      played.bars.map(({ startMs, close }) => [startMs, close]),
      live.bars.map(({ startMs, close }) => [startMs, close]),
    );
    assert.deepEqual(
      played.failed.map(({ error }) => error.message),
      ["NOSUCH: invalid symbol"],
    );
  });
});

suite("the stand-in", () => {
  test("serves clients that speak as others do", async (t) => {
    const standIn = await standInFor(t, { listings: [comi], needsOrigin: false });
    const socket = new WebSocket(standIn.url);
    t.after(() => socket.terminate());
    const got: unknown[] = [];
    socket.on("message", (data: unknown) => {
      for (const frame of decodeFrames(String(data)).frames) {
        if (frame.kind === "json" && "m" in frame.value) got.push(frame.value.m);
      }
    });
    await new Promise((resolve) => socket.once("open", resolve));
    const say = (m: string, ...p: readonly unknown[]): void =>
      socket.send(encodeFrame(JSON.stringify({ m, p })));
    say("set_auth_token", "unauthorized_user_token");
    say("chart_create_session", "cs_old");
    say("quote_create_session", "qs_old");
    say("quote_set_fields", "qs_old", "lp");
    say("quote_add_symbols", "qs_old", "EGX:COMI", { flags: ["force_permission"] });
    say("quote_fast_symbols", "qs_old", "EGX:COMI");
    say("resolve_symbol", "cs_old", "symbol_1", "EGX_DLY:COMI");
    say("create_series", "cs_old", "s1", "s1", "symbol_1", "1D", 3);
    say("switch_timezone", "cs_old", "exchange");
    say("modify_series", "cs_old", "s1", "s2", "symbol_1", "1D", "r,1:2");
    while (got.filter((name) => name === "series_completed").length < 2) {
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    assert.deepEqual(got, [
      "qsd",
      "qsd",
      "quote_completed",
      "symbol_resolved",
      "series_loading",
      "timescale_update",
      "series_completed",
      "timescale_update",
      "series_completed",
    ]);
  });

  test("has a scanner with the traps of the real one", async (t) => {
    const scanner = Array.from({ length: 60 }, (_, place) => {
      const name = `S${String(60 - place).padStart(2, "0")}`;
      return { s: `EGX:${name}`, values: { name }, isHidden: place === 0 };
    });
    const standIn = await standInFor(t, { listings: [], scanner });
    const scan = async (body: object): Promise<unknown> => {
      const init = { method: "POST", body: JSON.stringify({ columns: ["name", "isin"], ...body }) };
      return (await fetch(standIn.scannerUrl, init)).json();
    };
    const names = (answer: unknown): readonly string[] =>
      Array.from(JSON.stringify(answer).matchAll(/"s":"EGX:(\w+)"/g), (match) => match[1] ?? "");
    const sort = { sortBy: "name", sortOrder: "asc" };
    assert.equal(names(await scan({})).length, 50);
    assert.equal(names(await scan({ sort, range: [0, 500] })).length, 59);
    assert.deepEqual(names(await scan({ sort, range: [0, 2] })), ["S01", "S02"]);
    const byName = { symbols: { tickers: ["EGX:S60", "EGX:S01", "EGX:GONE"] } };
    assert.deepEqual(names(await scan(byName)).toSorted(), ["S01", "S60"]);
    const wrong = await fetch(standIn.scannerUrl, { method: "POST", body: "{" });
    assert.equal(wrong.status, 400);
  });
});

suite("restraint", () => {
  test("a rest doubles while it is asked for again, and is short after a calm time", () => {
    const clock = new TurnedClock(0);
    const circuit = new Circuit(clock, { next: () => 0 });
    const reason = new EgxError("E_FEED_BANNED", "HTTP 429");
    circuit.check();
    const rests: number[] = [];
    for (let times = 0; times < 8; times += 1) {
      circuit.trip(reason);
      circuit.trip(reason);
      rests.push(circuit.remainingMs / 60_000);
      assert.throws(() => circuit.check(), {
        code: "E_FEED_BANNED",
        message: /HTTP 429.*more min/,
      });
      clock.jump(circuit.remainingMs);
      circuit.check();
    }
    assert.deepEqual(rests, [2, 4, 8, 16, 32, 64, 120, 120]);
    clock.jump(3 * 60 * 60_000);
    circuit.trip(reason);
    assert.equal(circuit.remainingMs, 120_000);
  });

  test("clients that were sent away together come back apart", () => {
    const rests = [1, 2, 3].map((seed) => {
      const circuit = new Circuit(new TurnedClock(0), seededRandom(seed));
      circuit.trip(new EgxError("E_FEED_BANNED", "HTTP 429"));
      return circuit.remainingMs;
    });
    assert.equal(new Set(rests).size, 3);
    assert.ok(rests.every((ms) => ms >= 120_000 && ms <= 150_000));
  });

  test("turns are a gap apart", async () => {
    const clock = new TurnedClock(0);
    const pace = new Pace(clock, 1000);
    const turns: number[] = [];
    const taken = [1, 2, 3].map(async () => {
      await pace.turn(never);
      turns.push(clock.nowMs());
    });
    await clock.turn(5000);
    await Promise.all(taken);
    assert.deepEqual(turns, [0, 1000, 2000]);
  });
});
