import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { barsAnswer, revisionsAnswer, traceAnswer } from "../../../src/serve/api/bars.ts";
import { indicesAnswer, snapshotAnswer } from "../../../src/serve/api/market.ts";
import {
  deadLetterAnswer,
  deadLettersAnswer,
  replayAnswer,
} from "../../../src/serve/api/pipeline.ts";
import { matrixAnswer } from "../../../src/serve/api/quality.ts";
import { symbolsAnswer } from "../../../src/serve/api/symbols.ts";
import type { LettersAsked } from "../../../src/serve/backend.ts";
import { makeApiData, startApi } from "../../support/api-rig.ts";
import { barOf, LakeWriter } from "../../support/silver-lake.ts";

const json = { "content-type": "application/json" };

suite("answers", () => {
  test("bars come in pages with their gaps, and where live ones go on", async (t) => {
    const data = await makeApiData(t);
    await using api = await startApi(data);
    const bars = async (query: string): Promise<ReturnType<typeof barsAnswer.parse>> =>
      barsAnswer.parse(await (await api.get(`/api/v1/symbols/${query}`)).json());

    const whole = await bars("ETEL/bars?from=2025-11-02&to=2025-11-27");
    assert.equal(whole.bars.length, 19);
    assert.deepEqual(
      whole.gaps.map(({ date, state }) => [date, state]),
      [["2025-11-12", "missing"]],
      "closed days are no gaps",
    );
    assert.equal(whole.next, null);
    assert.equal(whole.mode.data, "real");
    assert.match(whole.position, new RegExp(`^${data.logId}\\.\\d+$`));

    const dates: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const page = await bars(`COMI/bars?limit=7${cursor === "" ? "" : `&cursor=${cursor}`}`);
      dates.unshift(...page.bars.map(({ date }) => date));
      cursor = page.next;
    }
    assert.equal(new Set(dates).size, 20);
    assert.deepEqual(dates, dates.toSorted());

    const minutes = await bars("COMI/bars?interval=1m");
    assert.deepEqual([minutes.bars.length, minutes.bars[0]?.revisions], [20, 2]);
    assert.equal(minutes.bars[0]?.close, 10.4);
    const before = await bars("COMI/bars?interval=1m&asOf=2025-11-24T16:30:00Z");
    assert.equal(before.bars[0]?.close, 10);
    assert.equal((await bars("COMI/bars?adjusted=none")).bars.length, 0);

    const changed = revisionsAnswer.parse(
      await (await api.get("/api/v1/symbols/COMI/revisions?interval=1m")).json(),
    );
    assert.deepEqual(
      changed.revisions.map(({ counts, changed: what }) => [counts, what]),
      [
        [false, []],
        [true, [{ field: "close", from: 10, to: 10.4 }]],
      ],
    );
    const traced = traceAnswer.parse(
      await (
        await api.get("/api/v1/symbols/COMI/trace?interval=1m&time=2025-11-24T08:00:00Z")
      ).json(),
    );
    assert.deepEqual(
      traced.versions.map(({ digest, counts }) => [digest, counts]),
      [
        ["as written", false],
        ["as written", true],
      ],
    );

    const csv = await (await api.get("/api/v1/symbols/COMI/bars?format=csv")).text();
    const lines = csv.trim().split("\n");
    assert.equal(lines.length, 21);
    assert.match(lines[0] ?? "", /,mode,feed,delay_seconds$/);
    assert.match(lines[1] ?? "", /,real,,$/);
    const parquet = await (await api.get("/api/v1/symbols/COMI/bars?format=parquet")).bytes();
    assert.equal(Buffer.from(parquet.subarray(0, 4)).toString(), "PAR1");
    assert.deepEqual(api.failures, []);
  });

  test("the market, its indices and its quality", async (t) => {
    const data = await makeApiData(t);
    await using api = await startApi(data);
    const snapshot = snapshotAnswer.parse(await (await api.get("/api/v1/market/snapshot")).json());
    assert.deepEqual([snapshot.session, snapshot.interval], ["2025-11-27", "1d"]);
    const comi = snapshot.quotes.find(({ symbol }) => symbol === "COMI");
    assert.deepEqual([comi?.last, comi?.previousClose, comi?.change], [107, 106, 1]);
    assert.equal(comi?.turnover, 107 * 27_000);
    assert.ok(!snapshot.quotes.some(({ symbol }) => symbol === "EGX30"), "an index is no share");
    assert.deepEqual([snapshot.breadth.up, snapshot.breadth.down], [2, 0]);
    const { indices } = indicesAnswer.parse(await (await api.get("/api/v1/market/indices")).json());
    assert.deepEqual([indices[0]?.value, indices[0]?.change], [30_027, 1]);
    assert.equal(indices[1]?.value, null);
    assert.match(indices[1].reason ?? "", /silver holds no bars/);

    const found = symbolsAnswer.parse(
      await (await api.get(`/api/v1/symbols?search=${encodeURIComponent("البنك التجاري")}`)).json(),
    );
    assert.equal(found.symbols[0]?.symbol, "COMI");
  });

  test("the matrix is runs without holes", async (t) => {
    const data = await makeApiData(t);
    await using api = await startApi(data);
    const matrix = matrixAnswer.parse(
      await (await api.get("/api/v1/quality/matrix?from=2025-11-02&to=2025-11-27")).json(),
    );
    const etel = matrix.rows.find(({ symbol }) => symbol === "ETEL");
    assert.equal(
      etel?.runs.reduce((sum, { length }) => sum + length, 0),
      matrix.sessions.length,
    );
    const missing = etel.runs.find(({ state }) => state === "m");
    assert.equal(matrix.sessions[missing?.at ?? -1], "2025-11-12");
  });

  test("what has not changed is not sent again, and silver's next build is", async (t) => {
    const data = await makeApiData(t);
    await using api = await startApi(data);
    const address = "/api/v1/symbols/COMI/bars";
    const first = await api.get(address);
    const etag = first.headers.get("etag") ?? "";
    assert.match(etag, /^W\/"/);
    const again = await api.get(address, { headers: { "if-none-match": etag } });
    assert.deepEqual([again.status, await again.text()], [304, ""]);
    const digest = api.backend.silver.digest;

    await new LakeWriter(data.testLake.lake, 1, data.logId).append([
      barOf({ symbol: "SWDY", at: "2025-11-27T10:00:00+02:00" }),
    ]);
    await data.testLake.build();
    const givenUp = performance.now() + 20_000;
    while (api.backend.silver.digest === digest && performance.now() < givenUp) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const changed = await api.get(address, { headers: { "if-none-match": etag } });
    assert.equal(changed.status, 200);
    assert.notEqual(changed.headers.get("etag"), etag);
  });

  test("bodies are compressed as the reader accepts it", async (t) => {
    const data = await makeApiData(t);
    await using api = await startApi(data);
    const plain = await (
      await api.get("/api/v1/calendar", { headers: { "accept-encoding": "identity" } })
    ).text();
    const { request } = await import("node:http");
    const fetched = async (
      encoding: string,
    ): Promise<{ readonly type: string; readonly body: Buffer }> =>
      new Promise((resolve, reject) => {
        const headers = { "accept-encoding": encoding };
        const sent = request(new URL("/api/v1/calendar", api.url), { headers }, (response) => {
          const parts: Buffer[] = [];
          response.on("data", (part: Buffer) => parts.push(part));
          response.on("end", () => {
            resolve({
              type: String(response.headers["content-encoding"]),
              body: Buffer.concat(parts),
            });
          });
        });
        sent.on("error", reject).end();
      });
    const brotli = await fetched("gzip, br");
    assert.deepEqual([brotli.type, brotliDecompressSync(brotli.body).toString()], ["br", plain]);
    const gzip = await fetched("br;q=0, gzip");
    assert.deepEqual([gzip.type, gunzipSync(gzip.body).toString()], ["gzip", plain]);
  });

  test("dead letters are told, and replayed where that can be done", async (t) => {
    const data = await makeApiData(t);
    const asked: LettersAsked[] = [];
    await using api = await startApi(data, {
      backend: {
        replay: async (letters) => {
          asked.push(letters);
          return { replayed: 1, tooOften: 0, closedMeanwhile: 0 };
        },
      },
    });
    const list = deadLettersAnswer.parse(await (await api.get("/api/v1/dead-letters")).json());
    assert.deepEqual([list.open, list.byCode], [1, { E_BAR_PRICE: 1 }]);
    const id = list.letters[0]?.id ?? "";
    assert.equal(id, `${data.logId}/1:7`);
    const one = deadLetterAnswer.parse(await (await api.get(`/api/v1/dead-letters/${id}`)).json());
    assert.deepEqual([one.value, one.headers], ['{"close":-1}', { source: "tradingview" }]);
    const headers = { ...json, "x-egx-action": "replay" };
    const replayed = await api.get("/api/v1/dead-letters/replay", {
      method: "POST",
      headers,
      body: JSON.stringify({ id }),
    });
    assert.equal(replayAnswer.parse(await replayed.json()).replayed, 1);
    assert.deepEqual(asked, [
      { position: { logId: data.logId, partition: 1, offset: 7 }, code: null, dryRun: false },
    ]);
  });

  test("before there is data the page comes, and the API says to ask again", async (t) => {
    const { serveHttp } = await import("../../../src/serve/http/server.ts");
    const { systemClock } = await import("../../../src/base/clock.ts");
    const server = await serveHttp({
      clock: systemClock,
      host: "127.0.0.1",
      port: 0,
      anyPort: false,
      token: null,
      webFolder: "/nowhere",
      onFailure: () => undefined,
    });
    t.after(() => server.close());
    const page = await fetch(server.url);
    assert.deepEqual(
      [page.status, page.headers.get("content-type")],
      [200, "text/html; charset=utf-8"],
    );
    const early = await fetch(`${server.url}/api/v1/status`);
    assert.deepEqual([early.status, early.headers.get("retry-after")], [503, "1"]);
    assert.equal((await fetch(`${server.url}/readyz`)).status, 503);
    assert.equal((await fetch(`${server.url}/livez`)).status, 200);
  });
});
