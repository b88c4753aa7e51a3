import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../../src/base/clock.ts";
import { recordedFeed } from "../../src/feeds/recorded.ts";
import type { Bar } from "../../src/market/bar.ts";
import { egxCalendar } from "../../src/market/calendar.ts";
import { suspectRules } from "../../src/market/rules.ts";
import { answerOf, never } from "../feeds/events.ts";
import { realFile } from "../feeds/files.ts";

const minutes = realFile("egx-1min.csv.gz");
const days = realFile("egx-daily.csv.gz");
const index = realFile("egx-index-5min.csv.gz");
const calendar = egxCalendar();

async function barsOf(path: string): Promise<readonly Bar[]> {
  const feed = recordedFeed({ path, clock: systemClock });
  const { bars } = await answerOf(
    feed.history({ symbols: "all", interval: await feed.interval() }, never),
  );
  return bars;
}

/** How many bars break each rule; the close before is that of the symbol's bar before. */
function broken(bars: readonly Bar[], daily = false): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  const closes = new Map<string, number>();
  for (const bar of bars) {
    const previousClose = daily ? closes.get(bar.symbol) : undefined;
    closes.set(bar.symbol, bar.close);
    const context = { calendar, ...(previousClose === undefined ? {} : { previousClose }) };
    for (const rule of suspectRules(bar, context)) counts[rule] = (counts[rule] ?? 0) + 1;
  }
  return counts;
}

test("no 1-minute bar of a share breaks a rule", { skip: minutes.skip }, async () => {
  assert.deepEqual(broken(await barsOf(minutes.path)), {});
});

test("daily bars are of sessions; their opens are often not", { skip: days.skip }, async () => {
  assert.deepEqual(broken(await barsOf(days.path), true), {
    "open-outside-range": 15_353,
    "close-outside-range": 5876,
    // Corporate actions that sources did not adjust for, and 1996-2011 limits that are not known.
    "beyond-price-limit": 386,
  });
});

test(
  "index values are told until 14:55, and once before the session",
  { skip: index.skip },
  async () => {
    assert.deepEqual(broken(await barsOf(index.path)), { misaligned: 115, "outside-session": 642 });
  },
);
