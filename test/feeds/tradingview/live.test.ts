import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import type { FeedEvent } from "../../../src/feeds/feed.ts";
import type { TradingviewFeed } from "../../../src/feeds/tradingview/tradingview.ts";
import type { Bar } from "../../../src/market/bar.ts";
import { cairoIsoOf } from "../../../src/market/cairo-time.ts";
import { parseInterval, type IntervalCode } from "../../../src/market/interval.ts";
import {
  cairoSeconds,
  dailyRow,
  datesBefore,
  listingOf,
  minuteRows,
  type Row,
} from "../../support/tradingview/listings.ts";
import type { StandIn } from "../../support/tradingview/server.ts";
import { frameOf } from "../../support/tradingview/wire.ts";
import { TurnedClock } from "../../support/turned-clock.ts";
import { feedOf, standInFor } from "./rig.ts";

const today = "2026-06-08";
const before = datesBefore(today, 10);
const history = before.flatMap((date) => minuteRows(date, 0));
const todays = minuteRows(today, 5);
const startMs = Date.parse(`${today}T10:20:00+03:00`);

/** The bar of a minute of today's session, its close and volume as given. */
function rowAt(minutes: number, close: number, volume: number): Row {
  return [cairoSeconds(today, 600 + minutes), 20, 30, 10, close, volume];
}

/** What a feed gives live, kept as it comes. */
class Followed {
  readonly events: FeedEvent[] = [];
  readonly #abort = new AbortController();
  readonly #done: Promise<void>;

  constructor(feed: TradingviewFeed, symbols: readonly string[], code: IntervalCode) {
    this.#done = this.#read(feed, symbols, code);
  }

  get bars(): readonly Bar[] {
    return this.events.flatMap((event) => (event.kind === "bars" ? event.bars : []));
  }

  /** The newest state of each bar, by symbol and start. */
  get last(): ReadonlyMap<string, Bar> {
    return new Map(this.bars.map((bar) => [`${bar.symbol} ${cairoIsoOf(bar.startMs)}`, bar]));
  }

  of(kind: FeedEvent["kind"]): readonly FeedEvent[] {
    return this.events.filter((event) => event.kind === kind);
  }

  async until(holds: () => boolean, turn?: () => Promise<void>): Promise<void> {
    const giveUpMs = performance.now() + 20_000;
    while (!holds()) {
      assert.ok(performance.now() < giveUpMs, `in vain: ${JSON.stringify(this.events.slice(-5))}`);
      await turn?.();
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  async end(): Promise<void> {
    this.#abort.abort();
    await this.#done;
  }

  async #read(
    feed: TradingviewFeed,
    symbols: readonly string[],
    code: IntervalCode,
  ): Promise<void> {
    const request = { symbols, interval: parseInterval(code) };
    for await (const event of feed.live(request, this.#abort.signal)) this.events.push(event);
  }
}

interface Rig {
  readonly standIn: StandIn;
  readonly clock: TurnedClock;
  readonly followed: Followed;
}

/** A stand-in and a feed that share a clock, at 10:20 of a session whose 10:04 is the newest bar. */
async function follow(
  t: TestContext,
  symbols: readonly string[],
  code: IntervalCode = "1m",
  silenceMsMax = 20_000,
): Promise<Rig> {
  const clock = new TurnedClock(startMs);
  const minutes = [...history, ...todays.slice(0, 5)];
  const daily = [...before.map(dailyRow), dailyRow(today, 50)];
  const standIn = await standInFor(t, {
    listings: symbols.map((symbol) => listingOf(symbol, { "1": minutes, "1D": daily })),
    nowMs: () => clock.nowMs(),
    // Heartbeats keep the host's time; none of them may come into the clock's.
    heartbeatMs: 3_600_000,
  });
  const limits = { handshakeGapMs: 0, requestGapMs: 0, backOffMsMax: 8000, silenceMsMax };
  const feed = feedOf(t, standIn, { clock, limits });
  const followed = new Followed(feed, symbols, code);
  t.after(async () => followed.end());
  await followed.until(
    () => new Set(followed.bars.map(({ symbol }) => symbol)).size === symbols.length,
  );
  return { standIn, clock, followed };
}

suite("live bars", { timeout: 60_000 }, () => {
  test("begin with what there is of the last session and today's", async (t) => {
    const { followed } = await follow(t, ["COMI"]);
    assert.equal(cairoIsoOf(followed.bars[0]?.startMs ?? 0), `${before.at(-1)}T10:00:00+03:00`);
    assert.equal(followed.bars.length, 275);
    assert.deepEqual(
      followed.bars.slice(-3).map(({ final }) => final),
      [true, true, false],
    );
  });

  test("are given as they change, by either message, and once in each state", async (t) => {
    const { standIn, followed } = await follow(t, ["COMI"]);
    const given = followed.bars.length;
    for (const via of ["du", "timescale_update", "du"] as const) {
      standIn.push("EGX:COMI", "1", rowAt(5, 21, 100), via);
    }
    standIn.push("EGX:COMI", "1", rowAt(5, 22, 150), "du");
    standIn.push("EGX:COMI", "1", rowAt(6, 23, 10), "timescale_update");
    const key = `COMI ${today}T10:06:00+03:00`;
    await followed.until(() => followed.last.has(key));
    assert.ok(followed.bars.length - given <= 3);
    const fifth = followed.last.get(`COMI ${today}T10:05:00+03:00`);
    assert.deepEqual([fifth?.close, fifth?.volume, fifth?.final], [22, 150, false]);
  });

  test("become final by the clock, without another word of the feed", async (t) => {
    const { standIn, clock, followed } = await follow(t, ["COMI"]);
    standIn.push("EGX:COMI", "1", rowAt(5, 21.5, 77), "timescale_update");
    const key = `COMI ${today}T10:05:00+03:00`;
    await followed.until(() => followed.last.has(key));
    // 10:06, and 15 minutes of delay, and one to settle.
    await clock.turn(Date.parse(`${today}T10:21:58+03:00`) - clock.nowMs());
    standIn.say("qsd", []);
    assert.equal(followed.last.get(key)?.final, false);
    await followed.until(
      () => followed.last.get(key)?.final === true,
      async () => clock.turn(1000),
    );
    assert.ok(clock.nowMs() < Date.parse(`${today}T10:22:10+03:00`));
    assert.deepEqual([followed.last.get(key)?.close, followed.last.get(key)?.volume], [21.5, 77]);
    const given = followed.events.filter(
      (event) =>
        event.kind === "bars" &&
        event.bars.some(({ startMs: at }) => at === Date.parse(`${today}T10:05:00+03:00`)),
    );
    // Whoever watches over the feed is not to take the second for a word of it.
    assert.deepEqual(
      given.map((event) => event.kind === "bars" && event.heard),
      [undefined, false],
    );
  });

  test("5: an outage of minutes is closed on return: nothing lacks, nothing is stale", async (t) => {
    const symbols = ["COMI", "ETEL", "ABUK"];
    const { standIn, clock, followed } = await follow(t, symbols);
    // Two bars are open when the line goes dead.
    for (const symbol of symbols) standIn.push(`EGX:${symbol}`, "1", rowAt(5, 20, 1));
    await followed.until(() => followed.bars.filter(({ volume }) => volume === 1).length === 3);
    standIn.isDown = true;
    standIn.cut();
    await followed.until(
      () => followed.of("notice").length > 0,
      async () => clock.turn(100),
    );
    for (const minutes of [4, 5, 6, 7, 8, 9, 10, 11]) {
      for (const symbol of symbols) {
        standIn.put(`EGX:${symbol}`, "1", rowAt(minutes, 20 + minutes / 4, minutes * 1000));
      }
      await clock.turn(60_000);
    }
    const away = followed.bars.length;
    standIn.isDown = false;
    const key = (symbol: string, minutes: number): string =>
      `${symbol} ${today}T10:${String(minutes).padStart(2, "0")}:00+03:00`;
    await followed.until(
      () => symbols.every((symbol) => followed.last.has(key(symbol, 11))),
      async () => clock.turn(50),
    );
    assert.ok(followed.bars.length > away);
    for (const symbol of symbols) {
      for (const minutes of [4, 5, 6, 7, 8, 9, 10, 11]) {
        const bar = followed.last.get(key(symbol, minutes));
        assert.deepEqual([bar?.close, bar?.volume], [20 + minutes / 4, minutes * 1000]);
      }
      // What the bar of 10:04 had been when the line went dead was never called final.
      const states = followed.bars.filter((bar) => bar.symbol === symbol && bar.final);
      const fourth = states.filter(({ startMs: at }) => at === cairoSeconds(today, 604) * 1000);
      assert.ok(fourth.every(({ volume }) => volume === 4000));
    }
    assert.deepEqual(followed.of("gap"), []);
    assert.match(JSON.stringify(followed.of("notice")), /is back after/);
  });

  test("5: what cannot be had any more after an outage is a gap", async (t) => {
    const { standIn, clock, followed } = await follow(t, ["COMI"]);
    standIn.isDown = true;
    standIn.cut();
    standIn.windowBars = 3;
    for (const minutes of [5, 6, 7, 8, 9, 10]) standIn.put("EGX:COMI", "1", rowAt(minutes, 21, 9));
    await clock.turn(7 * 60_000);
    standIn.isDown = false;
    await followed.until(
      () => followed.of("gap").length > 0,
      async () => clock.turn(50),
    );
    const [gap] = followed.of("gap");
    assert.ok(gap?.kind === "gap");
    assert.equal(cairoIsoOf(gap.fromMs), `${today}T10:04:00+03:00`);
    assert.equal(cairoIsoOf(gap.toMs), `${today}T10:08:00+03:00`);
  });

  test("4: a socket on which nothing comes for 20 s is given up", async (t) => {
    const { standIn, clock, followed } = await follow(t, ["COMI"]);
    const { handshakes } = standIn.seen;
    standIn.freeze();
    await clock.turn(19_000);
    assert.equal(standIn.seen.handshakes, handshakes);
    standIn.put("EGX:COMI", "1", rowAt(5, 21, 9));
    // The old socket stays frozen; who comes anew is served.
    standIn.isSilent = false;
    await clock.turn(1500);
    await followed.until(
      () => followed.last.has(`COMI ${today}T10:05:00+03:00`),
      async () => clock.turn(20),
    );
    assert.equal(standIn.seen.handshakes, handshakes + 1);
    assert.deepEqual(followed.of("gap"), []);
  });

  test("6: a session that the feed ends is opened again, and the others go on", async (t) => {
    const { standIn, clock, followed } = await follow(t, ["COMI", "ETEL"]);
    const [session] = standIn.seen.peers.flatMap((peer) => peer.sessions);
    standIn.say("critical_error", [session, "internal error", ""]);
    standIn.put("EGX:COMI", "1", rowAt(5, 21, 9));
    standIn.push("EGX:ETEL", "1", rowAt(5, 22, 9));
    for (const symbol of ["COMI", "ETEL"]) {
      const key = `${symbol} ${today}T10:05:00+03:00`;
      await followed.until(
        () => followed.last.has(key),
        async () => clock.turn(100),
      );
    }
    assert.equal(standIn.seen.handshakes, 1);
  });

  test("6: a series that the feed ends is opened again, in place of its session", async (t) => {
    const { standIn, clock, followed } = await follow(t, ["COMI"]);
    const [peer] = standIn.seen.peers;
    standIn.say("series_error", [peer?.sessions[0], "sds_1", "s1", "resolve error", "stand-in"]);
    standIn.put("EGX:COMI", "1", rowAt(5, 21, 9));
    await followed.until(
      () => followed.last.has(`COMI ${today}T10:05:00+03:00`),
      async () => clock.turn(100),
    );
    assert.equal(standIn.seen.handshakes, 1);
    assert.deepEqual([peer?.sessionsMade, peer?.sessions.length], [2, 1]);
  });

  test("6: a series that ends in the message that completes it is opened again", async (t) => {
    const { standIn, clock, followed } = await follow(t, ["COMI"]);
    const [peer] = standIn.seen.peers;
    let ends = 0;
    standIn.fate = ({ method, payload }) => {
      if (method !== "series_completed" || ends > 0) return "send";
      ends += 1;
      const [, session = ""] = /"p":\["(\w+)"/.exec(payload) ?? [];
      const p = [session, "sds_1", "s1", "resolve error", "stand-in"];
      return { text: frameOf(payload) + frameOf(JSON.stringify({ m: "series_error", p })) };
    };
    standIn.say("series_error", [peer?.sessions[0], "sds_1", "s1", "resolve error", "stand-in"]);
    await followed.until(
      () => (peer?.sessionsMade ?? 0) === 3,
      async () => clock.turn(100),
    );
    assert.deepEqual([ends, peer?.sessions.length], [1, 1]);
  });

  test("9: a token that is refused ends it, and is not tried again and again", async (t) => {
    const standIn = await standInFor(t, { listings: [], refusedTokens: ["expired"] });
    const feed = feedOf(t, standIn, { token: "expired" });
    const request = { symbols: ["COMI"], interval: parseInterval("1m") };
    const signal = AbortSignal.timeout(10_000);
    await assert.rejects(Array.fromAsync(feed.live(request, signal)), { code: "E_FEED_TOKEN" });
    assert.equal(standIn.seen.handshakes, 1);
  });

  test("15: the last sessions are fetched again after the close, and on the next date", async (t) => {
    const { standIn, clock, followed } = await follow(t, ["COMI"], "1d", Infinity);
    const key = `COMI ${today}T10:00:00+03:00`;
    assert.equal(followed.last.get(key)?.final, false);
    const [corrected = ""] = before.slice(-3);
    standIn.put("EGX:COMI", "1D", [cairoSeconds(corrected, 600), 1, 3, 1, 2, 5]);
    standIn.put("EGX:COMI", "1D", [cairoSeconds(today, 600), 1, 3, 1, 2.5, 6]);
    await clock.turn(Date.parse(`${today}T16:00:01+03:00`) - clock.nowMs());
    const old = `COMI ${corrected}T10:00:00+03:00`;
    await followed.until(
      () => followed.last.get(old)?.close === 2,
      async () => clock.turn(20),
    );
    assert.deepEqual([followed.last.get(key)?.close, followed.last.get(key)?.final], [2.5, false]);
    await clock.turn(Date.parse(`${today}T23:59:00+03:00`) - clock.nowMs());
    assert.equal(followed.last.get(key)?.final, false);
    await clock.turn(Date.parse("2026-06-09T00:05:01+03:00") - clock.nowMs());
    await followed.until(
      () => followed.last.get(key)?.final === true,
      async () => clock.turn(20),
    );
  });

  test("15: a refresh that falls into an outage is made up for", async (t) => {
    const { standIn, clock, followed } = await follow(t, ["COMI"], "1d", Infinity);
    await clock.turn(Date.parse(`${today}T15:59:00+03:00`) - clock.nowMs());
    standIn.isDown = true;
    standIn.cut();
    await followed.until(
      () => followed.of("notice").length > 0,
      async () => clock.turn(100),
    );
    const [corrected = ""] = before.slice(-3);
    standIn.put("EGX:COMI", "1D", [cairoSeconds(corrected, 600), 1, 3, 1, 2, 5]);
    await clock.turn(120_000);
    standIn.isDown = false;
    await followed.until(
      () => followed.last.get(`COMI ${corrected}T10:00:00+03:00`)?.close === 2,
      async () => clock.turn(50),
    );
  });

  test("late, lost, doubled, swapped and joined frames make no wrong bar", async (t) => {
    const { standIn, clock, followed } = await follow(t, ["COMI"]);
    const fates = ["send", "twice", "join", "swap", "drop", { delayMs: 5 }] as const;
    standIn.fate = ({ method, nth }) =>
      method === "du" || method === "timescale_update" ? (fates[nth % 6] ?? "send") : "send";
    const sent = new Set<string>();
    for (let state = 1; state <= 60; state += 1) {
      const minutes = 5 + Math.floor(state / 12);
      standIn.push("EGX:COMI", "1", rowAt(minutes, 20 + state / 10, state));
      sent.add(`${minutes} ${20 + state / 10} ${state}`);
      await clock.turn(10);
    }
    standIn.fate = () => "send";
    standIn.push("EGX:COMI", "1", rowAt(11, 29, 1));
    sent.add("11 29 1");
    await followed.until(() => followed.last.has(`COMI ${today}T10:11:00+03:00`));
    const fromMs = cairoSeconds(today, 605) * 1000;
    const given = followed.bars.filter((bar) => bar.startMs >= fromMs);
    const volumes = new Map<number, number>();
    for (const bar of given) {
      const minutes = (bar.startMs - fromMs) / 60_000 + 5;
      assert.ok(sent.has(`${minutes} ${bar.close} ${bar.volume}`), `${minutes} ${bar.close}`);
      assert.ok(
        (bar.volume ?? 0) > (volumes.get(minutes) ?? 0),
        "no state comes after a newer one",
      );
      volumes.set(minutes, bar.volume ?? 0);
    }
    assert.ok(given.length > 20);
  });
});
