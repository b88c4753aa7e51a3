import assert from "node:assert/strict";
import { test } from "node:test";
import type { PartitionLag, PipelineAnswer } from "../../../src/serve/api/pipeline.ts";
import {
  bottleneckOf,
  type StageState,
  worstFirst,
} from "../../../web/src/pages/pipeline/bottleneck.ts";
import { connectorsOf, connectorWidth, sparkPath } from "../../../web/src/pages/pipeline/flow.ts";
import { lastErrors, newsShown } from "../../../web/src/pages/pipeline/news.ts";

const stageNames = ["feed", "producer", "log", "consumer", "lake", "silver", "api"] as const;

const stage = (
  name: StageState["stage"],
  state: StageState["state"],
  rateOut: number | null = null,
): StageState => ({
  stage: name,
  state,
  text: "",
  why: null,
  here: true,
  rateIn: null,
  rateOut,
  rates: [],
  errors: 0,
  lastEventAt: null,
});

const partition = (number: number, lagRecords: number | null): PartitionLag => ({
  topic: "egx_market_data",
  partition: number,
  start: 0,
  end: 100,
  stored: 100,
  lagRecords,
  lagSeconds: null,
  lagMarketSeconds: null,
  retentionLeftSeconds: null,
});

function pipeline(
  lag: Partial<PipelineAnswer["lag"]>,
  states: Partial<Record<StageState["stage"], StageState["state"]>> = {},
  partitions: readonly PartitionLag[] = [],
): PipelineAnswer {
  return {
    mode: { data: "real", feed: null, delaySeconds: null, replaySpeed: null },
    serverTime: "2026-03-05T10:00:00Z",
    state: "ok",
    stages: stageNames.map((name) => stage(name, states[name] ?? "ok", 3)),
    bottleneck: null,
    partitions: [...partitions],
    lag: {
      records: 0,
      seconds: 0,
      marketSeconds: 0,
      trend: "steady",
      recent: [],
      reason: null,
      why: null,
      ...lag,
    },
    freshness: [],
    deadLettersOpen: 0,
    gapsOpen: 0,
    news: [],
    clients: 1,
  };
}

test("what is down goes before what is slow", () => {
  const answer = pipeline({ records: 9, trend: "growing" }, { feed: "down", silver: "warn" });
  assert.deepEqual(bottleneckOf(answer), { kind: "down", stage: "feed", why: null });
});

test("a lag that nobody knows is not called none", () => {
  const why = { reason: "log-silent", code: "E_LOG_UNREACHABLE" } as const;
  const answer = pipeline({ records: null, reason: "the broker does not answer", why });
  assert.deepEqual(bottleneckOf(answer), { kind: "unknown", why });
});

test("a backlog that grows or is old names the consumer and its worst partition", () => {
  const partitions = [partition(0, 1), partition(1, 900), partition(2, null)];
  const growing = bottleneckOf(pipeline({ records: 901, trend: "growing" }, {}, partitions));
  assert.ok(growing.kind === "consumer");
  assert.equal(growing.worst?.partition, 1);
  const few = bottleneckOf(pipeline({ records: 40, trend: "growing", marketSeconds: 3 }));
  assert.equal(few.kind, "none", "between two flushes it always grows");
  const old = bottleneckOf(pipeline({ records: 1, marketSeconds: 601 }));
  assert.equal(old.kind, "consumer");
  const fresh = bottleneckOf(pipeline({ records: 50, marketSeconds: 20 }));
  assert.equal(fresh.kind, "none", "records wait for their flush: that is how it works");
});

test("a closed market is idle, not slow", () => {
  assert.deepEqual(bottleneckOf(pipeline({}, { feed: "closed", producer: "closed" })), {
    kind: "idle",
  });
  assert.deepEqual(bottleneckOf(pipeline({}, { feed: "closed", silver: "behind" })), {
    kind: "slow",
    stage: "silver",
    state: "behind",
    why: null,
  });
  assert.deepEqual(bottleneckOf(pipeline({})), { kind: "none" });
});

test("partitions stand worst first, and first of all those of which nothing is known", () => {
  const sorted = worstFirst([
    partition(0, 1),
    partition(1, 0),
    partition(2, null),
    partition(3, 7),
  ]);
  assert.deepEqual(
    sorted.map(({ partition }) => partition),
    [2, 3, 0, 1],
  );
});

test("an arrow stands between every two stages, as wide as its backlog", () => {
  const connectors = connectorsOf(pipeline({ records: 5_000 }));
  assert.equal(connectors.length, 6);
  const waiting = connectors.filter(({ backlog }) => backlog !== undefined);
  assert.deepEqual(
    waiting.map(({ from, to, backlog }) => [from, to, backlog]),
    [["log", "consumer", 5_000]],
  );
  assert.ok(connectorWidth(10) < connectorWidth(1_000));
  assert.ok(connectorWidth(1e12) === connectorWidth(1e6));
  assert.equal(connectorWidth(null), connectorWidth(0));
  assert.equal(connectorsOf(pipeline({ records: null }))[2]?.backlog, null);
});

test("a line of rates begins at the left and keeps in its box", () => {
  assert.equal(sparkPath([0, 5, 10], 60, 20), "M0,20L30,10L60,0");
  assert.equal(sparkPath([], 60, 20), "");
  assert.equal(sparkPath([3], 60, 20), "M0,0h60");
  assert.equal(sparkPath([0, 0], 60, 20), "M0,20L60,20", "nothing is drawn at the bottom");
});

test("news are shown newest first, failures of their own", () => {
  const line = (id: number, level: "info" | "warn" | "error") =>
    ({ id, level, time: "", stage: null, kind: "notice", code: null, text: "" }) as const;
  const news = [line(1, "error"), line(2, "info"), line(3, "warn"), line(4, "error")];
  const ids = (lines: readonly { readonly id: number }[]): readonly number[] =>
    lines.map(({ id }) => id);
  assert.deepEqual(ids(newsShown(news, "all")), [4, 3, 2, 1]);
  assert.deepEqual(ids(newsShown(news, "warn")), [4, 3, 1]);
  assert.deepEqual(ids(lastErrors(news, 1)), [4]);
  const retry = { ...line(5, "warn"), kind: "retry", code: "E_LAKE_UNREACHABLE" } as const;
  assert.deepEqual(ids(lastErrors([...news, retry], 2)), [5, 4], "what is tried again has failed");
});
