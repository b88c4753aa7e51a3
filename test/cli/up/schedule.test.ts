import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { suite, test } from "node:test";
import { setImmediate as turnOfLoop } from "node:timers/promises";
import { EgxError } from "../../../src/base/errors.ts";
import { seededRandom } from "../../../src/base/random.ts";
import {
  type Job,
  runSchedule,
  type ScheduleMemory,
  type ScheduleOptions,
} from "../../../src/cli/up/schedule.ts";
import { briefMemory, fileMemory } from "../../../src/cli/up/schedule-file.ts";
import { egxCalendar, sessionOf, tradingDaysBetween } from "../../../src/market/calendar.ts";
import { jobNames, runsBetween } from "../../../src/market/schedule.ts";
import { TurnedClock } from "../../support/turned-clock.ts";
import { temporaryFolder } from "../run-egx.ts";

const calendar = egxCalendar();
const at = (text: string): number => Temporal.Instant.from(text).epochMilliseconds;
const hourMs = 3_600_000;

interface Kept {
  readonly clock: TurnedClock;
  readonly failures: string[];
  end(): Promise<void>;
}

/** Keeps `jobs` with a clock that stands at `start`. */
function keep(
  jobs: readonly Job[],
  start: string,
  more: { readonly memory?: ScheduleMemory; readonly clock?: TurnedClock } = {},
): Kept {
  const clock = more.clock ?? new TurnedClock(at(start));
  const failures: string[] = [];
  const stop = new AbortController();
  const options: ScheduleOptions = {
    jobs,
    calendar,
    memory: more.memory ?? briefMemory(),
    clock,
    random: seededRandom(1),
    onFailed: (text) => failures.push(text),
  };
  const running = runSchedule(options, stop.signal);
  return {
    clock,
    failures,
    end: async () => {
      stop.abort();
      await running;
    },
  };
}

/** A job that notes when it is done. */
function noting(name: Job["name"], done: string[], clock: () => TurnedClock): Job {
  return {
    name,
    atStart: false,
    work: async (run) => {
      done.push(`${run.job} ${run.date.toString()} ${clock().nowMs() - run.atMs}`);
      return "";
    },
  };
}

suite("egx up --schedule", () => {
  test("its runs of 2024 to 2026 are the calendar's sessions, none doubled, each in time", async () => {
    // Wakes whoever sleeps, at once and at the right time: three years in a second or two.
    let nowMs = at("2024-01-01T00:00:00+02:00");
    const endMs = at("2027-01-01T00:00:00+02:00");
    const stop = new AbortController();
    const sleepers: { dueMs: number; wake: () => void }[] = [];
    const clock = {
      nowMs: () => nowMs,
      monotonicMs: () => nowMs,
      sleep: async (ms: number) => {
        const { promise, resolve } = Promise.withResolvers<void>();
        sleepers.push({ dueMs: nowMs + ms, wake: resolve });
        await promise;
      },
    };
    const seen: string[] = [];
    const jobs = jobNames.map((name): Job => ({
      name,
      atStart: false,
      work: async (run) => {
        seen.push(`${run.job} ${run.date.toString()} ${new Date(nowMs).toISOString()}`);
        assert.equal(nowMs, run.atMs);
        return "";
      },
    }));
    const running = runSchedule(
      {
        jobs,
        calendar,
        memory: briefMemory(),
        clock,
        random: seededRandom(1),
        onFailed: (text) => assert.fail(text),
      },
      stop.signal,
    );
    for (;;) {
      await turnOfLoop();
      if (sleepers.length < jobs.length) continue;
      sleepers.sort((one, other) => one.dueMs - other.dueMs);
      const [next] = sleepers;
      if (next === undefined || next.dueMs >= endMs) break;
      sleepers.shift();
      nowMs = next.dueMs;
      next.wake();
    }
    stop.abort();
    for (const { wake } of sleepers) wake();
    await running;

    const from = Temporal.PlainDate.from("2024-01-01");
    const to = Temporal.PlainDate.from("2026-12-31");
    const daily = seen.filter((line) => line.startsWith("daily"));
    const sessions = tradingDaysBetween(calendar, from, to).map((date) => {
      const closeMs = sessionOf(calendar, date)?.closeMs ?? 0;
      return `daily ${date.toString()} ${new Date(closeMs + 20 * 60_000).toISOString()}`;
    });
    assert.deepEqual(daily, sessions);
    for (const job of jobNames) {
      const expected = runsBetween(calendar, job, { from, to }).map(
        ({ date, atMs }) => `${job} ${date.toString()} ${new Date(atMs).toISOString()}`,
      );
      assert.ok(expected.length >= 36);
      assert.deepEqual(
        seen.filter((line) => line.startsWith(job)),
        expected,
      );
    }
  });

  test("a sleep over days is made up for once, by the newest turn", async () => {
    const done: string[] = [];
    const kept = keep([noting("daily", done, () => kept.clock)], "2025-11-24T10:00:00+02:00");
    await kept.clock.turn(5 * hourMs);
    assert.deepEqual(done, ["daily 2025-11-24 0"]);
    // From Monday evening to Thursday afternoon: Tuesday's and Wednesday's turns are gone by.
    kept.clock.jump(3 * 24 * hourMs - 4 * hourMs);
    await kept.clock.turn(5 * 60_000);
    assert.deepEqual(done.slice(1).length, 1);
    assert.match(done[1] ?? "", /^daily 2025-11-26 /);
    await kept.clock.turn(24 * hourMs);
    assert.deepEqual(done.length, 3);
    assert.equal(done[2], "daily 2025-11-27 0");
    await kept.end();
  });

  test("what fails is told and tried again with growing waits, and never overlaps itself", async () => {
    let running = 0;
    const tries: number[] = [];
    const kept = keep(
      [
        {
          name: "daily",
          atStart: false,
          work: async () => {
            assert.equal((running += 1), 1);
            tries.push(kept.clock.nowMs());
            await kept.clock.sleep(10_000);
            running -= 1;
            if (tries.length < 4) throw new EgxError("E_LAKE_UNREACHABLE", "the lake is away");
            return "";
          },
        },
      ],
      "2025-11-24T14:00:00+02:00",
    );
    await kept.clock.turn(2 * hourMs);
    assert.equal(tries.length, 4);
    assert.equal(tries[0], at("2025-11-24T14:50:00+02:00"));
    const waits = tries.slice(1).map((ms, index) => ms - (tries[index] ?? 0) - 10_000);
    for (const [index, waited] of waits.entries()) {
      const ceilingMs = 60_000 * 2 ** index;
      assert.ok(waited >= ceilingMs / 2 && waited <= ceilingMs, `${waited}`);
    }
    assert.equal(kept.failures.length, 3);
    assert.match(
      kept.failures[0] ?? "",
      /^daily of 2025-11-24 failed: E_LAKE_UNREACHABLE, the lake is away; again in \d+ s$/,
    );
    await kept.end();
  });

  test("six failures are the end of a turn, and a newer turn is the end of one that fails", async () => {
    const tries: string[] = [];
    const failing = (name: Job["name"]): Job => ({
      name,
      atStart: false,
      work: async (run) => {
        tries.push(`${name} ${run.endMs}`);
        throw new Error("no");
      },
    });
    const daily = keep([failing("daily")], "2025-11-24T14:00:00+02:00");
    await daily.clock.turn(8 * hourMs);
    assert.equal(tries.length, 6);
    assert.match(daily.failures.at(-1) ?? "", /E_INTERNAL, no; given up until the next$/);
    await daily.end();

    tries.length = 0;
    const hourly = keep([failing("intraday")], "2025-11-24T11:00:00+02:00");
    await hourly.clock.turn(100 * 60_000);
    const turns = new Set(tries);
    assert.equal(turns.size, 2);
    const last = tries.lastIndexOf([...turns][0] ?? "");
    assert.ok(tries.slice(last + 1).every((each) => each === [...turns][1]));
    await hourly.end();
  });

  test("jobs take turns", async () => {
    const order: string[] = [];
    const slow = (name: Job["name"]): Job => ({
      name,
      atStart: true,
      work: async () => {
        order.push(`${name} begins`);
        await kept.clock.sleep(60_000);
        order.push(`${name} ends`);
        return "";
      },
    });
    const kept = keep([slow("daily"), slow("weekly")], "2025-11-24T18:00:00+02:00");
    await kept.clock.turn(5 * 60_000);
    assert.deepEqual(order, ["daily begins", "daily ends", "weekly begins", "weekly ends"]);
    await kept.end();
  });

  test("an end comes at once, in the middle of a turn or of a wait", async () => {
    const kept = keep(
      [
        {
          name: "daily",
          atStart: true,
          work: async (_run, signal) => {
            await kept.clock.sleep(hourMs, signal);
            return "";
          },
        },
      ],
      "2025-11-24T18:00:00+02:00",
    );
    await kept.clock.turn(60_000);
    await kept.end();
    assert.deepEqual(kept.failures, []);
  });

  test("what was done is remembered in the data folder, so a restart does what was missed alone", async (t) => {
    const folder = temporaryFolder(t);
    const done: string[] = [];
    const start = async (time: string): Promise<void> => {
      const kept = keep(
        [
          { ...noting("daily", done, () => kept.clock), atStart: true },
          noting("weekly", done, () => kept.clock),
        ],
        time,
        { memory: await fileMemory(folder) },
      );
      await kept.clock.turn(1000);
      // The file is written by the host, not by the clock.
      for (let round = 0; round < 50; round += 1) await turnOfLoop();
      await kept.end();
    };
    await start("2025-11-24T18:00:00+02:00");
    assert.equal(done.length, 1);
    await start("2025-11-24T19:00:00+02:00");
    assert.equal(done.length, 1);
    await start("2025-11-26T19:00:00+02:00");
    assert.deepEqual(
      done.map((line) => line.slice(0, 16)),
      ["daily 2025-11-24", "daily 2025-11-26"],
    );
    const file = path.join(folder, "schedule.json");
    assert.match(readFileSync(file, "utf8"), /^\{"daily":"2025-11-26T12:50:00.000Z"\}\n$/);
    writeFileSync(file, "{");
    await assert.rejects(fileMemory(folder), { code: "E_CONFIG" });
  });
});
