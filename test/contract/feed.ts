import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { utf8 } from "../../src/base/bytes.ts";
import type { Feed, FeedRequest } from "../../src/feeds/feed.ts";
import { barDate, type Bar } from "../../src/market/bar.ts";
import { decodeMessage, encodeBar } from "../../src/market/codec.ts";
import { answerOf, bySymbol, never, type Answer } from "../feeds/events.ts";

/** What the suite needs to know of an adapter. */
export interface FeedContract {
  /** A feed of its own; `slowly` so that `live` waits for minutes between its bars. */
  make(t: TestContext, pace: "at-once" | "slowly"): Promise<Feed>;
  /** Has bars of three symbols or more, on three dates or more. */
  readonly request: FeedRequest;
  /** A safe ticker that the feed has not. */
  readonly unknown: string;
}

/** No event has more bars. */
const batchBarsMax = 10_000;

type Case = (contract: FeedContract, t: TestContext) => Promise<void>;

const cases: Readonly<Record<string, Case>> = {
  "history has bars, all of them valid on the wire": async (contract, t) => {
    const feed = await contract.make(t, "at-once");
    const { bars } = await history(feed, contract.request);
    assert.ok(bySymbol(bars).size >= 3, "three symbols or more");
    checkBars(feed, contract, bars);
  },

  "history ascends within each symbol": async (contract, t) => {
    const feed = await contract.make(t, "at-once");
    const { bars } = await history(feed, contract.request);
    checkAscending(bars);
  },

  "history gives bars in batches, none of them empty": async (contract, t) => {
    const feed = await contract.make(t, "at-once");
    const { events } = await history(feed, contract.request);
    for (const event of events) {
      if (event.kind !== "bars") continue;
      assert.ok(event.bars.length > 0 && event.bars.length <= batchBarsMax);
    }
  },

  "two requests at once do not disturb each other": async (contract, t) => {
    const feed = await contract.make(t, "at-once");
    const [one, other] = await Promise.all([
      history(feed, contract.request),
      history(feed, contract.request),
    ]);
    assert.deepEqual(one.bars.map(content), other.bars.map(content));
  },

  "history gives the symbols that were asked for, and no other": async (contract, t) => {
    const feed = await contract.make(t, "at-once");
    const all = await history(feed, contract.request);
    const symbols = [...bySymbol(all.bars).keys()].slice(1, 3);
    const some = await history(feed, { ...contract.request, symbols });
    const expected = all.bars.filter((bar) => symbols.includes(bar.symbol));
    assert.deepEqual(sorted(some.bars), sorted(expected));
    assert.deepEqual(some.failed, []);
  },

  "an unknown symbol is a value, and the others come": async (contract, t) => {
    const feed = await contract.make(t, "at-once");
    const all = await history(feed, contract.request);
    const known = all.bars[0]?.symbol ?? "";
    const symbols = [contract.unknown, known];
    const { bars, failed } = await history(feed, { ...contract.request, symbols });
    assert.deepEqual(
      failed.map(({ symbol, error }) => [symbol, error.code]),
      [[contract.unknown, "E_FEED_SYMBOL_UNKNOWN"]],
    );
    assert.deepEqual(
      bars.map(content),
      all.bars.filter((bar) => bar.symbol === known).map(content),
    );
  },

  "from and to are Cairo dates, both inclusive": async (contract, t) => {
    const feed = await contract.make(t, "at-once");
    const all = await history(feed, contract.request);
    const dates = [...new Set(all.bars.map(barDate))].toSorted();
    const [, second = "", third = ""] = dates;
    for (const [from, to] of [
      [second, third],
      [second, second],
    ] as const) {
      const some = await history(feed, { ...contract.request, ...range(from, to) });
      const expected = all.bars.filter((bar) => barDate(bar) >= from && barDate(bar) <= to);
      assert.ok(expected.length > 0);
      assert.deepEqual(sorted(some.bars), sorted(expected));
    }
  },

  "a range without bars is empty, and no failure of the whole": async (contract, t) => {
    const feed = await contract.make(t, "at-once");
    const friday = "2020-01-03";
    const { bars } = await history(feed, { ...contract.request, ...range(friday, friday) });
    assert.deepEqual(bars, []);
  },

  "barsMax gives the newest bars of each symbol, ascending": async (contract, t) => {
    const feed = await contract.make(t, "at-once");
    const all = await history(feed, contract.request);
    for (const barsMax of [1, 3]) {
      const some = await history(feed, { ...contract.request, barsMax });
      checkAscending(some.bars);
      const expected = [...bySymbol(all.bars).values()].flatMap((bars) => bars.slice(-barsMax));
      assert.deepEqual(sorted(some.bars), sorted(expected));
    }
  },

  "barsMax 0 gives no bars": async (contract, t) => {
    const feed = await contract.make(t, "at-once");
    const { bars } = await history(feed, { ...contract.request, barsMax: 0 });
    assert.deepEqual(bars, []);
  },

  "an aborted signal ends history before it begins, without an error": async (contract, t) => {
    const feed = await contract.make(t, "at-once");
    const { events } = await answerOf(feed.history(contract.request, AbortSignal.abort()));
    assert.deepEqual(
      events.filter((event) => event.kind === "bars"),
      [],
    );
  },

  "a signal that aborts ends history soon, without an error": async (contract, t) => {
    const feed = await contract.make(t, "at-once");
    const abort = new AbortController();
    let after = 0;
    for await (const event of feed.history(contract.request, abort.signal)) {
      if (abort.signal.aborted) after += 1;
      if (event.kind === "bars") abort.abort();
    }
    assert.ok(abort.signal.aborted);
    assert.ok(after <= 1, `${after} events after the abort`);
  },

  "history can be left before its end": async (contract, t) => {
    const feed = await contract.make(t, "at-once");
    let seen = 0;
    for await (const event of feed.history(contract.request, never)) {
      if (event.kind === "bars") seen += event.bars.length;
      if (seen > 0) break;
    }
    assert.ok(seen > 0);
    await feed.close();
  },

  "live bars are valid and ascend within each symbol": async (contract, t) => {
    const feed = await contract.make(t, "at-once");
    const abort = new AbortController();
    const bars: Bar[] = [];
    for await (const event of feed.live(contract.request, abort.signal)) {
      if (event.kind === "bars") bars.push(...event.bars);
      if (bars.length > 3000) abort.abort();
    }
    assert.ok(bars.length > 0);
    checkBars(feed, contract, bars);
    checkAscending(bars);
  },

  "live gives the symbols that were asked for, and says which it has not": async (contract, t) => {
    const feed = await contract.make(t, "at-once");
    const all = await history(feed, contract.request);
    const known = all.bars[0]?.symbol ?? "";
    const request = { ...contract.request, symbols: [known, contract.unknown] };
    const abort = new AbortController();
    const symbols = new Set<string>();
    const failed = new Set<string>();
    let events = 0;
    for await (const event of feed.live(request, abort.signal)) {
      if (event.kind === "symbol-failed") failed.add(event.symbol);
      if (event.kind === "bars") for (const bar of event.bars) symbols.add(bar.symbol);
      events += 1;
      if (events > 500) abort.abort();
    }
    assert.deepEqual([...symbols], [known]);
    assert.deepEqual([...failed], [contract.unknown]);
  },

  "a signal that aborts ends live while it waits, without an error": async (contract, t) => {
    const feed = await contract.make(t, "slowly");
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), 50);
    t.after(() => clearTimeout(timer));
    await answerOf(feed.live(contract.request, abort.signal));
    assert.ok(abort.signal.aborted, "live waited until it was told to end");
  },

  "a feed can be closed twice": async (contract, t) => {
    const feed = await contract.make(t, "at-once");
    await feed.close();
    await feed.close();
  },
};

/** Runs every sentence of the port `src/feeds/feed.ts` against an adapter. */
export function feedContract(name: string, contract: FeedContract): void {
  suite(`${name} keeps the contract of a feed`, () => {
    for (const [title, run] of Object.entries(cases)) {
      test(title, { timeout: 60_000 }, async (t) => run(contract, t));
    }
  });
}

function history(feed: Feed, request: FeedRequest): Promise<Answer> {
  return answerOf(feed.history(request, never));
}

function range(from: string, to: string): Pick<FeedRequest, "from" | "to"> {
  return { from: Temporal.PlainDate.from(from), to: Temporal.PlainDate.from(to) };
}

function checkBars(feed: Feed, contract: FeedContract, bars: readonly Bar[]): void {
  for (const bar of bars) {
    const decoded = decodeMessage(utf8(encodeBar(bar)));
    assert.ok(decoded.ok, `${encodeBar(bar)}: ${decoded.ok ? "" : decoded.reason}`);
    assert.deepEqual(decoded.bar, bar);
    assert.equal(bar.source, feed.source);
    assert.equal(bar.interval, contract.request.interval);
  }
}

function checkAscending(bars: readonly Bar[]): void {
  for (const [symbol, own] of bySymbol(bars)) {
    for (const [index, bar] of own.entries()) {
      const before = own[index - 1];
      assert.ok(
        before === undefined || before.startMs <= bar.startMs,
        `${symbol} goes back from ${before?.startMs} to ${bar.startMs}`,
      );
    }
  }
}

/** All of a bar but the time at which it reached us. */
function content(bar: Bar): string {
  return encodeBar({ ...bar, ingestedMs: bar.startMs });
}

function sorted(bars: readonly Bar[]): readonly string[] {
  return bars.map(content).toSorted();
}
