/**
 * A fire drill of the alerts: `npm run test:alerts-drill`.
 *
 * Twice `egx up` follows a feed on this machine, watched by a Prometheus and an Alertmanager of its
 * own on the shipped rules, with their shipped durations. Then the feed falls silent. In the first
 * the exchange is open: the receiver must be told, and told of the end when the feed is back. In
 * the second it is a closed day: the receiver must hear nothing. Prints what happened when; exits 1
 * when it was not so. Takes some four minutes; needs the parts `prometheus` and `alertmanager`.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { systemClock } from "../src/base/clock.ts";
import { startEgx } from "../test/cli/run-egx.ts";
import type { Cleanup } from "../test/support/alerts/cleanup.ts";
import { exchangeToday } from "../test/support/alerts/exchange-today.ts";
import { Feeding, symbol } from "../test/support/alerts/feeding.ts";
import { watch, type Watching } from "../test/support/alerts/watching.ts";
import { until } from "../test/support/until.ts";
import { freePort } from "./services/ports.ts";
import {
  alertmanagerPart,
  debianProgram,
  installDebianPart,
  prometheusPart,
} from "./services/prometheus.ts";

/** An alert after 75 seconds of silence, and what scraping and grouping add, with room to spare. */
const waitMs = 180_000;
const startedMs = systemClock.nowMs();

for (const part of [prometheusPart, alertmanagerPart]) await installDebianPart(part);
const ends: (() => unknown)[] = [];
const cleanup: Cleanup = { after: (end) => void ends.unshift(end) };
try {
  await Promise.all([drill("open day", true), drill("closed day", false)]);
} catch (error) {
  process.exitCode = 1;
  console.error(error instanceof Error ? error.message : error);
} finally {
  for (const end of ends) await end();
}

async function drill(name: string, isOpen: boolean): Promise<void> {
  const say = (text: string): void => {
    const seconds = ((systemClock.nowMs() - startedMs) / 1000).toFixed(0).padStart(4);
    console.log(`${seconds} s  ${name.padEnd(10)}  ${text}`);
  };
  const feeding = await Feeding.start(cleanup);
  const watching = await pipeline(feeding, isOpen);
  say("bars flow");
  feeding.ageMinutes = null;
  say("the feed falls silent");
  if (isOpen) {
    await until("told", () => watching.told("EgxFeedSilent", "firing"), waitMs);
    say("the receiver is told: EgxFeedSilent fires");
    feeding.ageMinutes = 0;
    say("the feed is back");
    await until("resolved", () => watching.told("EgxFeedSilent", "resolved"), waitMs);
    say("the receiver is told: EgxFeedSilent is over");
  } else {
    const silent = "egx_feed_silence_seconds > 120";
    await until("long silent", async () => (await watching.count(silent)) > 0, waitMs);
    const heard = watching.received.map((each) => each.name).join(", ");
    if (heard !== "") throw new Error(`closed day: the receiver heard ${heard}`);
    say("120 s of silence: the receiver has heard nothing");
  }
}

/** `egx up` on the feed, its metrics clean by promtool, watched. */
async function pipeline(feeding: Feeding, isOpen: boolean): Promise<Watching> {
  const folder = mkdtempSync(path.join(tmpdir(), "egx-drill-"));
  cleanup.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(path.join(folder, "data"));
  const port = await freePort();
  const live = ["--feed", "tradingview", "--symbols", symbol, "--interval", "1m"];
  const places = ["--data", path.join(folder, "data"), "--calendar", exchangeToday(folder, isOpen)];
  const ports = ["--metrics-port", String(port), "--port", "0"];
  const running = startEgx(["up", ...live, ...places, ...ports], {
    env: { EGX_TRADINGVIEW_URL: feeding.standIn.url },
  });
  cleanup.after(async () => {
    running.child.kill("SIGTERM");
    await running.ended;
  });
  await running.told(/metrics and health at/);
  const url = `http://127.0.0.1:${port}`;
  const watching = await watch(cleanup, { targets: [url], scale: 1 });
  const flow = 'sum(egx_feed_bars_total{interval="1m"}) > 20';
  await until("bars flow", async () => (await watching.count(flow)) > 0, waitMs);
  const text = await (await fetch(`${url}/metrics`)).text();
  const promtool = debianProgram(prometheusPart, "promtool");
  const checked = spawnSync(promtool, ["check", "metrics"], { input: text, encoding: "utf8" });
  if (checked.status !== 0) throw new Error(`promtool check metrics: ${checked.stderr}`);
  return watching;
}
