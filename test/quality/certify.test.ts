import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { startOfPeriod } from "../../src/market/bar.ts";
import { dateText, dayOfDate } from "../../src/market/cairo-time.ts";
import { egxCalendar } from "../../src/market/calendar.ts";
import { parseInterval } from "../../src/market/interval.ts";
import { closeGap, openGap } from "../../src/ledger/gaps.ts";
import { verifyCertificates } from "../../src/quality/certified-state.ts";
import type { SilverBar, SilverSeries } from "../../src/quality/silver-bar.ts";
import { unitsBetween } from "../../src/quality/units.ts";
import { certificatesKey, certificatesPrefix } from "../../src/silver/silver-keys.ts";
import { certifyAt as run } from "../support/certify-at.ts";
import { barsOf, packedLake } from "../support/packed-lake.ts";
import {
  barOf,
  Crash,
  dyingLake,
  findingsOf,
  LakeWriter,
  makeLake,
  rowsOf,
  type TestLake,
} from "../support/silver-lake.ts";

const calendar = egxCalendar();
const daily = parseInterval("1d");

/** Ten symbols that trade on every session of 2025 until 24 November, but for `without`. */
async function marketLake(
  t: TestContext,
  without: (symbol: string, date: string) => boolean = () => false,
): Promise<TestLake> {
  const units = unitsBetween(calendar, daily, { from: day("2025-06-01"), to: day("2025-11-24") });
  const market = Array.from({ length: 10 }, (_, at): SilverSeries => {
    const symbol = `SYM${at}`;
    const bars = units
      .filter((unit) => !without(symbol, dateText(unit.day)))
      .map((unit) => barAt(unit.day, at));
    return { exchange: "EGX", symbol, bars };
  });
  return packedLake(t, barsOf(market, daily));
}

function barAt(of: number, at: number): SilverBar {
  const startMs = startOfPeriod(daily, of);
  return {
    startMs,
    open: 10 + at,
    high: 12 + at,
    low: 9 + at,
    close: 10 + at + (of % 10) / 10,
    volume: 1000 + of,
    final: true,
    ingestedMs: startMs + 86_400_000,
    suspect: 0,
    origin: null,
    object: "",
  };
}

function day(text: string): number {
  return dayOfDate(Temporal.PlainDate.from(text));
}

const states =
  "select symbol, strftime(date, '%Y-%m-%d'), state, stage, expected, stored from certificates " +
  "where state <> 'complete'";

suite("certificates", () => {
  test("a session without a bar of a symbol that always trades is missing", async (t) => {
    const lake = await marketLake(t, (symbol, date) => symbol === "SYM3" && date === "2025-09-10");
    const summary = await run(lake, "2025-11-26T20:00:00Z");
    assert.equal(summary.certified, 1);
    assert.deepEqual(await rowsOf(lake, `${states} and state <> 'pending'`), [
      ["SYM3", "2025-09-10", "missing", "corrected", 1, 0],
    ]);
    // The market has come to none of the sessions behind its newest bar.
    const behind = "select distinct date from certificates where state = 'pending' order by all";
    assert.deepEqual(await rowsOf(lake, behind), [["2025-11-25"], ["2025-11-26"]]);
    assert.deepEqual(await findingsOf(lake.lake), []);
    const found = await Array.fromAsync(verifyCertificates(lake.lake));
    assert.ok(found.length === 2 && found.every(({ state }) => state === "whole"));
  });

  test("the proof names object, chain and offsets", async (t) => {
    const lake = await marketLake(t);
    await run(lake, "2025-11-26T20:00:00Z");
    const sql =
      "select objects, offsets from certificates where symbol = 'SYM2' and date = '2025-06-01'";
    const [row] = await rowsOf(lake, sql);
    const [bar] = await rowsOf(
      lake,
      "select [object], [concat(log_id, '/', log_partition, ':', log_offset, '-', log_offset)] from bars " +
        "where symbol = 'SYM2' and date = '2025-06-01'",
    );
    assert.deepEqual(row, bar);
  });

  test("a session is certified when it has closed, and again after the next one", async (t) => {
    const lake = await marketLake(t);
    const last =
      "select distinct state, stage, certified_as, certified_at, corrected_at " +
      "from certificates where date = '2025-11-24'";
    await run(lake, "2025-11-24T11:00:00Z");
    assert.deepEqual(await rowsOf(lake, last), [["pending", null, null, null, null]]);
    await run(lake, "2025-11-24T13:00:00Z");
    const first = "2025-11-24T13:00:00Z";
    assert.deepEqual(await rowsOf(lake, last), [["complete", "closed", "complete", first, null]]);
    await run(lake, "2025-11-25T13:00:00Z");
    const second = "2025-11-25T13:00:00Z";
    assert.deepEqual(await rowsOf(lake, last), [
      ["complete", "corrected", "complete", first, second],
    ]);
    assert.deepEqual(await run(lake, "2025-11-25T13:00:00Z"), {
      certified: 0,
      unchanged: 1,
      rows: 0,
    });
  });

  test("a provisional bar is pending until the next session has ended, then degraded", async (t) => {
    const testLake = await makeLake(t);
    const writer = new LakeWriter(testLake.lake);
    const before = ["20", "23"].map((date) =>
      barOf({ at: `2025-11-${date}T10:00:00+02:00`, volume: Number(date) }),
    );
    const ingestedMs = Temporal.Instant.from("2025-11-24T11:00:00Z").epochMilliseconds;
    await writer.append([...before, barOf({ final: false, ingestedMs })]);
    await testLake.build();
    const sql = "select state, provisional, defects from certificates where date = '2025-11-24'";
    await run(testLake, "2025-11-24T13:00:00Z");
    assert.deepEqual(await rowsOf(testLake, sql), [["pending", 1, ["provisional"]]]);
    await run(testLake, "2025-11-25T13:00:00Z");
    assert.deepEqual(await rowsOf(testLake, sql), [["degraded", 1, ["provisional"]]]);
    await writer.append([barOf()]);
    await testLake.build();
    await run(testLake, "2025-11-25T13:00:00Z");
    const changed =
      "select state, certified_as, defects from certificates where date = '2025-11-24'";
    assert.deepEqual(await rowsOf(testLake, changed), [["complete", "pending", []]]);
  });

  test("complete_bars has the bars of complete sessions alone", async (t) => {
    const lake = await marketLake(t, (symbol, date) => symbol === "SYM3" && date === "2025-09-10");
    const count = "select count(*) from complete_bars";
    assert.deepEqual(await rowsOf(lake, count), [[0]]);
    await run(lake, "2025-11-26T20:00:00Z");
    const [all] = await rowsOf(lake, "select count(*) from bars");
    assert.deepEqual(await rowsOf(lake, count), [all]);
    const writer = new LakeWriter(lake.lake, 1);
    const wrong = barOf({ symbol: "SYM3", volume: 0, source: "csv:real.csv" });
    await writer.append([{ ...wrong, ingestedMs: wrong.ingestedMs + 86_400_000 * 3 }]);
    await lake.build();
    await run(lake, "2025-11-26T20:00:00Z");
    assert.deepEqual(await rowsOf(lake, count), [[Number(all?.[0]) - 1]]);
  });

  test("an unexplained hole that a feed denies counts for nothing", async (t) => {
    const lake = await marketLake(t, (symbol, date) => symbol === "SYM3" && date === "2025-09-10");
    const gap = await openGap(lake.lake, {
      format: 1,
      kind: "gap",
      exchange: "EGX",
      symbol: "SYM3",
      interval: "Daily",
      from: "2025-09-10",
      to: "2025-09-10",
      defects: ["missing"],
      time: 1,
      opened: "2025-11-26T20:00:00Z",
    });
    await run(lake, "2025-11-26T20:00:00Z");
    await closeGap(lake.lake, {
      format: 1,
      kind: "gap-closed",
      gap,
      outcome: "waived",
      healed: [],
      waived: [["2025-09-10", "absent"]],
      unhealable: [],
      source: "csv:real.csv",
      closed: "2025-11-26T20:01:00Z",
    });
    assert.equal((await run(lake, "2025-11-26T20:00:00Z")).certified, 1);
    const sql = "select state, waived, certified_as from certificates where waived is not null";
    assert.deepEqual(await rowsOf(lake, sql), [["complete", "absent", "missing"]]);
  });

  test("a process that dies at any write leaves whole certificates, and the next one ends it", async (t) => {
    const lake = await marketLake(t, (symbol, date) => symbol === "SYM3" && date === "2025-09-10");
    await run(lake, "2025-11-24T13:00:00Z");
    for (let at = 0; ; at += 1) {
      const when = at % 2 === 0 ? "before" : "after";
      const time = "2025-11-25T20:00:00Z";
      const crashed = await run(lake, time, dyingLake(lake.lake, at >> 1, when)).then(
        () => false,
        (error: unknown) => {
          assert.ok(error instanceof Crash, String(error));
          return true;
        },
      );
      for await (const { key, state } of verifyCertificates(lake.lake)) {
        assert.equal(state, "whole", key);
      }
      if (!crashed) break;
      assert.ok(at < 20);
    }
    assert.deepEqual((await rowsOf(lake, `${states} and state <> 'pending'`))[0]?.slice(0, 4), [
      "SYM3",
      "2025-09-10",
      "missing",
      "corrected",
    ]);
  });

  test("of two at once neither takes away what the other has written", async (t) => {
    const lake = await marketLake(t);
    await run(lake, "2025-11-24T13:00:00Z");
    const at = "2025-11-26T20:00:00Z";
    const deleted: string[] = [];
    let waits = true;
    const summary = await run(lake, at, {
      ...dyingLake(lake.lake, Infinity, "before"),
      // The other one begins and ends between its look at the state and that at the objects.
      list: async function* (prefix, options) {
        if (waits && prefix === certificatesPrefix) {
          waits = false;
          await run(lake, at);
        }
        yield* lake.lake.list(prefix, options);
      },
      delete: async (key) => {
        deleted.push(key);
        await lake.lake.delete(key);
      },
    });
    assert.deepEqual([summary.certified, summary.unchanged, deleted], [0, 1, []]);
  });

  test("a changed byte of a certificate is found", async (t) => {
    const lake = await marketLake(t);
    await run(lake, "2025-11-26T20:00:00Z");
    const key = certificatesKey("interval=1d/year=2025");
    const stored = await lake.lake.get(key);
    assert.ok(stored !== null);
    const body = Uint8Array.from(stored.body);
    body[100] = (body[100] ?? 0) ^ 1;
    await lake.lake.put(key, body);
    const found = await Array.fromAsync(verifyCertificates(lake.lake));
    assert.deepEqual(
      found.filter(({ state }) => state !== "whole"),
      [{ key, state: "damaged" }],
    );
  });
});
