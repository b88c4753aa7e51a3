import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { systemClock } from "../../src/base/clock.ts";
import { EgxError } from "../../src/base/errors.ts";
import type { Lake } from "../../src/lake/lake.ts";
import { barsAnswer } from "../../src/serve/api/bars.ts";
import { makeApiData, startApi, type ApiServer } from "../support/api-rig.ts";
import { until } from "../support/until.ts";
import { barOf, LakeWriter } from "../support/silver-lake.ts";

/** Looks that are seconds apart follow each other at once. */
const hurried: typeof systemClock = {
  nowMs: () => systemClock.nowMs(),
  monotonicMs: () => systemClock.monotonicMs() * 20,
  sleep: async (ms, signal) => systemClock.sleep(ms / 20, signal),
};

/** Makes the listings of a lake fail while `broken` is set. */
function breakable(lake: Lake): { broken: boolean } {
  const state = { broken: false };
  const list = lake.list.bind(lake);
  lake.list = (...asked) => {
    if (state.broken) throw new EgxError("E_LAKE_UNREACHABLE", "no answer");
    return list(...asked);
  };
  return state;
}

function stateOf({ backend }: ApiServer, stage: string): string | undefined {
  return backend.pipeline().stages.find((one) => one.stage === stage)?.state;
}

suite("what a server watches", () => {
  test("a lake that answers again is well at once, and its outage is told once", async (t) => {
    const data = await makeApiData(t);
    const store = breakable(data.testLake.lake);
    await using api = await startApi(data, { backend: { clock: hurried } });
    await api.backend.ready();
    assert.equal(stateOf(api, "lake"), "ok");
    store.broken = true;
    await until("the lake is called down", () => stateOf(api, "lake") === "down");
    store.broken = false;
    await until("the lake is well", () => stateOf(api, "lake") === "ok");
    const kinds = api.backend.pipeline().news.map(({ kind }) => kind);
    assert.deepEqual([kinds[0], kinds.at(-1)], ["retry", "recovered"]);
  });

  test("a lake that does not answer is not blamed on the log", async (t) => {
    const data = await makeApiData(t);
    const store = breakable(data.testLake.lake);
    store.broken = true;
    await using api = await startApi(data);
    await until(
      "it was looked for",
      () => api.backend.pipeline().lag.why?.reason === "lake-silent",
    );
    const { stages, lag } = api.backend.pipeline();
    const told = stages.map(({ stage, state, why }) => [stage, state, why] as const);
    const code = "E_LAKE_UNREACHABLE";
    assert.deepEqual(
      told.filter(([stage]) => ["log", "consumer", "lake"].includes(stage)),
      [
        ["log", "unknown", { reason: "not-known-yet" }],
        ["consumer", "unknown", { reason: "lake-silent", code }],
        ["lake", "down", { reason: "failing", code }],
      ],
    );
    assert.deepEqual([lag.records, lag.recent], [null, []], "unknown is no 0");
  });

  test("an answer's position is that of the silver that it was made of", async (t) => {
    const data = await makeApiData(t);
    await using api = await startApi(data);
    const { silver } = api.backend;
    await api.backend.ready();
    const [held, free] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const before = api.backend.position();
    const holding = silver.use(async (snapshot) => {
      const both = [1, 2].map(() => snapshot.withSession(() => free.promise));
      held.resolve();
      await Promise.all(both);
    });
    await held.promise;
    // It waits for a session while silver is built anew.
    const asked = api.get("/api/v1/symbols/ETEL/bars?limit=3");
    await until("it has begun", () => silver.digest !== null);
    const { digest } = silver;
    await new LakeWriter(data.testLake.lake, 1, data.logId).append([
      barOf({ symbol: "ETEL", at: "2025-11-30T10:00:00+02:00" }),
    ]);
    await data.testLake.build();
    await until("the new build is shown", () => silver.digest !== digest);
    assert.notEqual(api.backend.position(), before);
    free.resolve();
    await holding;
    const answer = barsAnswer.parse(await (await asked).json());
    assert.equal(answer.bars.at(-1)?.date, "2025-11-27", "of the build before");
    assert.equal(answer.position, before, "so that live bars go on where it ends");
  });
});
