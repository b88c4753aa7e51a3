import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import * as fc from "fast-check";
import { hasCode, toEgxError } from "../../../src/base/errors.ts";
import { barContent } from "../../../src/market/bar.ts";
import { parseInterval } from "../../../src/market/interval.ts";
import { madeUpListings } from "../../support/tradingview/listings.ts";
import {
  countedInBytes,
  truncated,
  wrongLength,
  type Fate,
  type Outgoing,
} from "../../support/tradingview/wire.ts";
import { answerOf, bySymbol, never } from "../events.ts";
import { feedOf, standInFor } from "./rig.ts";

const symbols = ["COMI", "ETEL", "ABUK", "HRHO"];
const listings = madeUpListings(symbols, { before: "2026-06-07", days: 30, minuteDays: 0 });
const request = { symbols: [...symbols, "NOSUCH"], interval: parseInterval("1d"), barsMax: 20 };

/** What may become of a frame, often nothing bad. */
const kinds = ["send", "send", "send", "send", "drop", "twice", "join", "swap"] as const;
const damages = ["truncated", "short", "long", "bytes", "late", "cut"] as const;
const fates = fc.array(fc.constantFrom(...kinds, ...damages), { minLength: 4, maxLength: 40 });

/** A storm is mostly waiting for what was lost, so some rage side by side. */
const lanes = 8;
const stormsPerLane = process.env["EGX_TEST_LONG"] === "1" ? 50 : 2;

test("whatever becomes of frames, a symbol's bars are right or it is said to have failed", async (t) => {
  await Promise.all(Array.from({ length: lanes }, () => storms(t)));
});

/** Storms one after the other, on a stand-in of their own. */
async function storms(t: TestContext): Promise<void> {
  const standIn = await standInFor(t, { listings });
  const all = { symbols, interval: request.interval };
  const whole = await answerOf(feedOf(t, standIn).history(all, never));
  const expected = new Map(
    [...bySymbol(whole.bars)].map(([symbol, bars]) => [symbol, bars.map(barContent)]),
  );
  assert.equal(expected.size, symbols.length);
  const storm = async (list: readonly (typeof kinds | typeof damages)[number][]): Promise<void> => {
    let frames = 0;
    standIn.fate = (frame) => {
      frames += 1;
      // The storm passes: a feed that never answers would be waited for in vain.
      return frames > 120 ? "send" : fateOf(list[frames % list.length] ?? "send", frame, cut);
    };
    const cut = (): void => {
      setImmediate(() => standIn.cut());
    };
    const limits = { requestTimeoutMs: 60, helloTimeoutMs: 60, handshakeGapMs: 0 };
    const feed = feedOf(t, standIn, { limits });
    const answer = await answerOf(feed.history(request, never)).catch(toEgxError);
    await feed.close();
    if (answer instanceof Error) {
      // The whole feed may fail, and says so by a code.
      const codes = ["E_FEED_UNREACHABLE", "E_FEED_TIMEOUT", "E_FEED_PROTOCOL"] as const;
      assert.ok(hasCode(answer, ...codes), String(answer.stack));
      return;
    }
    const given = bySymbol(answer.bars);
    for (const symbol of symbols) {
      const own = given.get(symbol) ?? [];
      const said = answer.failed.some((failure) => failure.symbol === symbol);
      assert.ok(own.length > 0 || said, `${symbol} is not spoken of`);
      const right = expected.get(symbol) ?? [];
      for (const bar of own) assert.ok(right.includes(barContent(bar)), barContent(bar));
    }
  };
  await fc.assert(fc.asyncProperty(fates, storm), { numRuns: stormsPerLane });
}

function fateOf(
  kind: (typeof kinds | typeof damages)[number],
  frame: Outgoing,
  cut: () => void,
): Fate {
  switch (kind) {
    case "truncated":
      return truncated(frame, 5);
    case "short":
      return wrongLength(frame, -4);
    case "long":
      return wrongLength(frame, 9);
    case "bytes":
      return countedInBytes(frame);
    case "late":
      return { delayMs: 30 };
    case "cut":
      cut();
      return "send";
    default:
      return kind;
  }
}
