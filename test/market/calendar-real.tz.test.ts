import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import {
  dayOf,
  egxCalendar,
  isTradingDay,
  phaseAt,
  tradingDaysBetween,
} from "../../src/market/calendar.ts";
import { realFile } from "../feeds/files.ts";

const daily = realFile("egx-daily.csv.gz");
const minutes = realFile("egx-1min.csv.gz");
const snapshots = realFile("egx-official-snapshots-15min.csv.gz");
const calendar = egxCalendar();

/** On no session since 2015 does the file have fewer symbols; on closed days it has none. */
const symbolsOfSession = 14;

/** The last trades of continuous trading are printed in the auction's first minute. */
const auctionPrints = new Map([["14:15", "prints of the last continuous trades"]]);

test("open on every day on which trading is seen, and on no other", { skip: daily.skip }, () => {
  const symbols = new Map<string, Set<string>>();
  for (const [symbol = "", date = ""] of rowsOf(daily.path)) {
    const traded = symbols.get(date) ?? new Set();
    symbols.set(date, traded.add(symbol));
  }
  const wrong: string[] = [];
  const [from, to] = [day("2015-01-01"), day("2026-08-20")];
  for (let date = from; Temporal.PlainDate.compare(date, to) <= 0; date = date.add({ days: 1 })) {
    const traded = symbols.get(date.toString())?.size ?? 0;
    const right = isTradingDay(calendar, date) ? traded >= symbolsOfSession : traded === 0;
    if (!right) wrong.push(`${date.toString()}: ${traded} symbols`);
  }
  // No day disagrees: the table of closures was made from these very days.
  assert.deepEqual(wrong, []);
  assert.equal(tradingDaysBetween(calendar, from, to).length, 2_826);
});

test("every 1-minute bar lies in a phase in which trades happen", { skip: minutes.skip }, () => {
  const dates = new Set<string>();
  const elsewhere: string[] = [];
  for (const startMs of minutesOf(minutes.path)) {
    const wall = cairo(startMs);
    dates.add(wall.toPlainDate().toString());
    const phase = phaseAt(calendar, startMs);
    if (phase === "continuous" || phase === "trade-at-close") continue;
    const minute = wall.toPlainTime().toString().slice(0, 5);
    const reason = auctionPrints.get(minute) ?? "not explained";
    elsewhere.push(`${minute} ${phase ?? "closed"}: ${reason}`);
  }
  assert.equal(dates.size, 253);
  assert.equal(elsewhere.length, 30);
  assert.deepEqual(
    [...new Set(elsewhere)],
    ["14:15 closing-auction: prints of the last continuous trades"],
  );
});

test(
  "Ramadan 2025 ends at 13:30, the first session after Eid at 14:30",
  { skip: minutes.skip },
  () => {
    const last = new Map<string, string>();
    for (const startMs of minutesOf(minutes.path)) {
      const wall = cairo(startMs);
      const date = wall.toPlainDate().toString();
      const minute = wall.toPlainTime().toString().slice(0, 5);
      if (minute > (last.get(date) ?? "")) last.set(date, minute);
    }
    const ramadan = [...last].filter(([date]) => date >= "2025-03-01" && date <= "2025-03-30");
    assert.equal(ramadan.length, 20);
    assert.ok(ramadan.every(([, minute]) => minute < "13:30"));
    assert.ok(ramadan.every(([date]) => dayOf(calendar, day(date)).hours?.name === "Ramadan"));
    assert.equal(last.get("2025-04-03"), "14:29");
    assert.equal(dayOf(calendar, day("2025-04-03")).hours?.name, "with a closing auction");
  },
);

test("the exchange's own snapshots are of its sessions", { skip: snapshots.skip }, () => {
  const dates = new Set(rowsOf(snapshots.path).map(([time = ""]) => time.slice(0, 10)));
  assert.ok(dates.size > 5);
  for (const date of dates) assert.ok(isTradingDay(calendar, day(date)), date);
});

/** The instants at which any symbol has a bar. */
function minutesOf(path: string): ReadonlySet<number> {
  const texts = new Set(rowsOf(path).map(([, time = ""]) => time));
  return new Set(Array.from(texts, (time) => Date.parse(`${time.replace(" ", "T")}Z`)));
}

/** The file's rows, taken apart by nothing but commas. */
function rowsOf(path: string): readonly (readonly string[])[] {
  const text = gunzipSync(readFileSync(path)).toString();
  return text
    .trimEnd()
    .split("\n")
    .slice(1)
    .map((line) => line.split(","));
}

function cairo(epochMs: number): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(epochMs).toZonedDateTimeISO("Africa/Cairo");
}

function day(text: string): Temporal.PlainDate {
  return Temporal.PlainDate.from(text);
}
