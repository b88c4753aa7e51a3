import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { suite, test, type TestContext } from "node:test";
import { systemClock } from "../../src/base/clock.ts";
import { egxCalendar } from "../../src/market/calendar.ts";
import { parseInterval } from "../../src/market/interval.ts";
import { serveMetrics } from "../../src/serve/metrics-server.ts";
import { Monitor } from "../../src/serve/monitor.ts";
import { skipWithoutPrometheus as skip } from "../support/alerts/judge-rules.ts";
import { watch } from "../support/alerts/watching.ts";
import { until } from "../support/until.ts";

/** Market seconds a second: outages of minutes are seen in seconds. */
const speed = 20;
const minuteMs = 60_000;

interface Feeding {
  readonly url: string;
  silent: boolean;
}

/** A pipeline's monitor, served, whose feed gives a bar a market minute unless it is silent. */
async function feed(t: TestContext, from: string): Promise<Feeding> {
  const startMs = Temporal.ZonedDateTime.from(`${from}[Africa/Cairo]`).epochMilliseconds;
  const beganMs = systemClock.monotonicMs();
  const nowMs = (): number => startMs + (systemClock.monotonicMs() - beganMs) * speed;
  const monitor = new Monitor({
    clock: { ...systemClock, nowMs },
    calendar: egxCalendar(),
    version: "0",
    stages: ["producer"],
    followed: parseInterval("1m"),
    flushIntervalMs: 0,
    scratchFolder: tmpdir(),
  });
  const server = await serveMetrics(
    { host: "127.0.0.1", port: 0 },
    {
      text: async (form) => monitor.text(form),
      reasons: () => monitor.reasons(),
    },
  );
  const state = { url: server.url, silent: false };
  const give = (): void => {
    if (state.silent) return;
    const barMs = (Math.floor(nowMs() / minuteMs) - 1) * minuteMs;
    const span = { newest: new Map([["COMI", barMs]]), starts: new Set([barMs]) };
    const bars = new Map([["1m", span]]);
    monitor.sink({ kind: "read", interval: "1m", bars: 1, final: 1, delaySeconds: 0, heard: true });
    monitor.sink({ kind: "published", records: 1, bytes: 100, seconds: 0.01, bars });
  };
  const timer = setInterval(give, 100);
  t.after(async () => {
    clearInterval(timer);
    await server.close();
  });
  return state;
}

suite("real Prometheus and Alertmanager", { skip }, () => {
  test("a feed that falls silent is told, its consequences are not, and its end is", async (t) => {
    const state = await feed(t, "2025-11-24T11:00:00");
    const watching = await watch(t, { targets: [state.url], scale: 1 });
    const { received } = watching;
    await until("minutes are counted as timely", async () => {
      return (await watching.count('egx_bars_timely_total{stage="log"} > 3')) > 0;
    });
    assert.deepEqual(received, []);
    state.silent = true;
    await until("the receiver hears of it", () => received.length > 0);
    await until("its consequence has come, and is held back", async () => {
      return (await watching.inhibited()).includes("EgxBarsLateFast");
    });
    for (const each of received) {
      assert.deepEqual(each, { status: "firing", name: "EgxFeedSilent" });
    }
    state.silent = false;
    await until("the receiver hears of its end", () => watching.told("EgxFeedSilent", "resolved"));
  });

  test("on a Friday the same silence is nothing", async (t) => {
    const state = await feed(t, "2025-11-21T11:00:00");
    state.silent = true;
    const watching = await watch(t, { targets: [state.url], scale: 1 });
    await until("the feed has long been silent", async () => {
      return (await watching.count("egx_feed_silence_seconds > 200")) > 0;
    });
    assert.equal(await watching.count("ALERTS"), 0);
    assert.deepEqual(watching.received, []);
  });
});
