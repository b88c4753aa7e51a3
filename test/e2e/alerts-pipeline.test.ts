import assert from "node:assert/strict";
import path from "node:path";
import { suite, test, type TestContext } from "node:test";
import { freePort } from "../../scripts/services/ports.ts";
import type { Proxy } from "../../scripts/services/toxiproxy.ts";
import { runEgx, startEgx, temporaryFolder, type RunningEgx } from "../cli/run-egx.ts";
import { skipWithoutPrometheus } from "../support/alerts/judge-rules.ts";
import { exchangeToday } from "../support/alerts/exchange-today.ts";
import { Feeding, symbol } from "../support/alerts/feeding.ts";
import { topic, troubled } from "../support/alerts/troubled.ts";
import { watch, type Watching } from "../support/alerts/watching.ts";
import { until } from "../support/until.ts";
import { minioForFile, skipWithoutMinio, newBucket } from "../support/services-minio.ts";
import { skipWithoutToxiproxy, toxiproxyForFile } from "../support/services-toxiproxy.ts";

const skip = [skipWithoutPrometheus, skipWithoutMinio, skipWithoutToxiproxy].find(
  (reason) => reason !== false,
);

/** The rules' durations are shrunk by this: 75 seconds of silence are two here. */
const scale = 1 / 40;
const minio = skip === undefined ? await minioForFile() : null;
const toxiproxy = skip === undefined ? await toxiproxyForFile() : null;

/** See `exchangeToday`. */
const calendarFile = (t: TestContext, isOpen: boolean): string =>
  exchangeToday(temporaryFolder(t), isOpen);

interface Started {
  readonly running: RunningEgx;
  /** Where its metrics are. */
  readonly url: string;
}

async function start(
  t: TestContext,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Started> {
  const port = await freePort();
  const running = startEgx([...args, "--metrics-port", String(port)], { env });
  t.after(() => running.child.kill("SIGKILL"));
  await running.told(/metrics and health at/);
  return { running, url: `http://127.0.0.1:${port}` };
}

const live = ["--feed", "tradingview", "--symbols", symbol, "--interval", "1m"];
const from = (feeding: Feeding): Record<string, string> => ({
  EGX_TRADINGVIEW_URL: feeding.standIn.url,
});

/** A producer and a consumer apart, the lake in MinIO behind a fault proxy; watched, and at work. */
async function apart(
  t: TestContext,
): Promise<{ watching: Watching; proxy: Proxy; consumer: Started }> {
  assert.ok(minio !== null && toxiproxy !== null);
  const bucket = newBucket();
  const proxy = await toxiproxy.proxy(bucket, Number(new URL(minio.endpoint).port));
  const feeding = await Feeding.start(t);
  const log = ["--log", path.join(temporaryFolder(t), "log")];
  // Kept so long that what waits for 15 seconds is in danger by the shrunk rule (36 minutes).
  await runEgx(["topics", "create", topic, "--retention", "2175", ...log]);
  const shared = ["--calendar", calendarFile(t, true), ...log];
  const consumed = ["consumer", "--flush-interval", "1", "--bucket", bucket, ...shared];
  const store = {
    MINIO_ENDPOINT: `http://127.0.0.1:${proxy.port}`,
    AWS_ACCESS_KEY_ID: minio.user,
    AWS_SECRET_ACCESS_KEY: minio.password,
  };
  const producer = await start(t, ["producer", ...live, "--live", ...shared], from(feeding));
  const consumer = await start(t, consumed, store);
  const watching = await watch(t, { targets: [producer.url, consumer.url], scale });
  const stores = "egx_stored_records_total > 3";
  await until("records are stored", async () => (await watching.count(stores)) > 0);
  for (const name of ["EgxLakeRefusesWrites", "EgxConsumerStuck", "EgxRetentionNear"]) {
    assert.equal(watching.told(name, "firing"), false, name);
  }
  return { watching, proxy, consumer };
}

suite("alerts of running pipelines", { skip: skip ?? false, concurrency: true }, () => {
  test("egx up: a feed that stops, dead letters and gaps; each is told, and its end", async (t) => {
    const feeding = await Feeding.start(t);
    const { data, mend } = await troubled(t);
    const calendar = ["--calendar", calendarFile(t, true)];
    const { url } = await start(t, ["up", ...live, "--data", data, ...calendar], from(feeding));
    const watching = await watch(t, { targets: [url], scale });
    const counts = 'sum(egx_feed_bars_total{interval="1m"}) > 20';
    await until("bars are counted", async () => (await watching.count(counts)) > 0, 120_000);
    assert.equal(watching.told("EgxFeedSilent", "firing"), false);
    feeding.ageMinutes = null;
    await until("the silence is told", () => watching.told("EgxFeedSilent", "firing"));
    feeding.ageMinutes = 0;
    await until("its end is told", () => watching.told("EgxFeedSilent", "resolved"));
    await until("what waits is told", () => {
      const names = ["EgxDeadLettersWaiting", "EgxGapsOpen"];
      return names.every((name) => watching.told(name, "firing"));
    });
    await mend();
    const mended = (): boolean =>
      ["EgxDeadLettersWaiting", "EgxGapsOpen"].every((name) => watching.told(name, "resolved"));
    await until("the end of what waited is told", mended, 90_000);
    assert.equal(watching.told("EgxDataStale", "firing"), false, "silence has no echo");
  });

  test("the same on a closed day: nothing", async (t) => {
    const feeding = await Feeding.start(t);
    const { data } = await troubled(t);
    const calendar = ["--calendar", calendarFile(t, false)];
    const { url } = await start(t, ["up", ...live, "--data", data, ...calendar], from(feeding));
    const watching = await watch(t, { targets: [url], scale });
    feeding.ageMinutes = null;
    await until("the feed has long been silent", async () => {
      return (await watching.count("egx_feed_silence_seconds > 15")) > 0;
    });
    assert.ok((await watching.count("egx_dead_letters_open > 0")) > 0);
    assert.equal(await watching.count("ALERTS"), 0);
    assert.deepEqual(watching.received, []);
  });

  test("a feed that gives old bars alone makes data stale", async (t) => {
    const feeding = await Feeding.start(t, 30);
    const calendar = ["--calendar", calendarFile(t, true), "--data", temporaryFolder(t)];
    const args = ["producer", ...live, "--live", ...calendar];
    const { url } = await start(t, args, from(feeding));
    const watching = await watch(t, { targets: [url], scale });
    await until("it is told", () => watching.told("EgxDataStale", "firing"));
    assert.equal(watching.told("EgxFeedSilent", "firing"), false, "it is not silent");
    feeding.ageMinutes = 0;
    await until("its end is told", () => watching.told("EgxDataStale", "resolved"));
  });

  test("a lake that is away, and what follows from it is held back", async (t) => {
    const { watching, proxy } = await apart(t);
    await proxy.cut();
    await until("the refusal is told", () => watching.told("EgxLakeRefusesWrites", "firing"));
    await until("retention is told", () => watching.told("EgxRetentionNear", "firing"));
    await until("its consequences are held back", async () => {
      const held = await watching.inhibited();
      return ["EgxConsumerStuck", "EgxLagGrowing"].every((name) => held.includes(name));
    });
    assert.equal(watching.told("EgxLagGrowing", "firing"), false);
    await proxy.restore();
    const over = (): boolean =>
      ["EgxLakeRefusesWrites", "EgxRetentionNear"].every((name) => watching.told(name, "resolved"));
    await until("the ends are told", over, 120_000);
  });

  test("a lake that hangs, and a frozen process", async (t) => {
    const { watching, proxy, consumer } = await apart(t);
    // Nothing fails: the store takes what is sent and never answers.
    const relieve = await proxy.add({
      type: "timeout",
      stream: "downstream",
      attributes: { timeout: 0 },
    });
    await until("the stuck consumer is told", () => watching.told("EgxConsumerStuck", "firing"));
    await relieve();
    await until("its end is told", () => watching.told("EgxConsumerStuck", "resolved"), 120_000);

    consumer.running.child.kill("SIGSTOP");
    await until("the frozen process is told", () => watching.told("EgxProcessDown", "firing"));
    consumer.running.child.kill("SIGCONT");
    await until("its end is told", () => watching.told("EgxProcessDown", "resolved"));
  });
});
