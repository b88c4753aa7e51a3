import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import { serveMetrics, type MetricsServer } from "../../src/serve/metrics-server.ts";
import { isCode } from "../contract/lake-case.ts";

async function serve(t: TestContext, reasons: readonly string[] = []): Promise<MetricsServer> {
  const server = await serveMetrics(
    { host: "127.0.0.1", port: 0 },
    {
      text: async (form) => ({ contentType: `text/${form}`, text: `${form}\n` }),
      reasons: () => reasons,
    },
  );
  t.after(() => server.close());
  return server;
}

suite("the metrics server", () => {
  test("serves metrics in the form that was asked for", async (t) => {
    const { url } = await serve(t);
    const plain = await fetch(`${url}/metrics`);
    assert.equal(plain.headers.get("content-type"), "text/prometheus");
    const accept = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5";
    const open = await fetch(`${url}/metrics?x=1`, { headers: { accept } });
    assert.equal(await open.text(), "openmetrics\n");
  });

  test("is alive always, and ready when nothing speaks against it", async (t) => {
    const { url } = await serve(t);
    for (const path of ["livez", "readyz"]) {
      const { status } = await fetch(`${url}/${path}`);
      assert.equal(status, 200, path);
    }
    const waiting = await serve(t, ["the lake is away", "so is the log"]);
    const answer = await fetch(`${waiting.url}/readyz`);
    assert.equal(answer.status, 503);
    assert.equal(await answer.text(), "the lake is away\nso is the log\n");
    const { status } = await fetch(`${waiting.url}/livez`);
    assert.equal(status, 200);
  });

  test("knows no other path and no other method", async (t) => {
    const { url } = await serve(t);
    const other = await fetch(`${url}/metricsx`);
    assert.equal(other.status, 404);
    const post = await fetch(`${url}/metrics`, { method: "POST", body: "x" });
    assert.deepEqual([post.status, post.headers.get("allow")], [405, "GET, HEAD"]);
  });

  test("listens on the loopback address alone", async (t) => {
    const { url } = await serve(t);
    assert.equal(new URL(url).hostname, "127.0.0.1");
  });

  test("a port that is taken is E_PORT_BUSY, and free after close", async (t) => {
    const server = await serve(t);
    const port = Number(new URL(server.url).port);
    const source = { text: async () => ({ contentType: "", text: "" }), reasons: () => [] };
    await assert.rejects(serveMetrics({ host: "127.0.0.1", port }, source), isCode("E_PORT_BUSY"));
    await server.close();
    await server.close();
    const again = await serveMetrics({ host: "127.0.0.1", port }, source);
    await again.close();
  });

  test("metrics that cannot be had are a 500, and the server goes on", async (t) => {
    const server = await serveMetrics(
      { host: "127.0.0.1", port: 0 },
      {
        text: async () => {
          throw new Error("no");
        },
        reasons: () => [],
      },
    );
    t.after(() => server.close());
    const failed = await fetch(`${server.url}/metrics`);
    assert.deepEqual([failed.status, await failed.text()], [500, "no\n"]);
    const { status } = await fetch(`${server.url}/livez`);
    assert.equal(status, 200);
  });
});
