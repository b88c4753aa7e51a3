import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { suite, test } from "node:test";
import { z } from "../../../src/base/schema.ts";
import { EventReader, makeApiData, startApi } from "../../support/api-rig.ts";

const problemSchema = z.object({ status: z.number(), code: z.string(), hint: z.string() });

async function codeOf(response: Response): Promise<string> {
  assert.equal(response.headers.get("content-type"), "application/problem+json");
  const problem = problemSchema.parse(await response.json());
  assert.equal(problem.status, response.status);
  return problem.code;
}

/** A request as no fetch would send it. */
async function raw(
  url: string,
  options: {
    readonly path?: string;
    readonly method?: string;
    readonly headers?: Record<string, string>;
  },
): Promise<{ readonly status: number; readonly text: string }> {
  const { port } = new URL(url);
  const sent = request({ host: "127.0.0.1", port, path: "/livez", ...options });
  sent.end();
  return new Promise((resolve, reject) => {
    sent.on("error", reject);
    sent.on("response", (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => (text += part));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
  });
}

suite("hostile requests", () => {
  test("are refused within limits", async (t) => {
    const web = await mkdtemp(path.join(tmpdir(), "egx-web-"));
    t.after(() => rm(web, { recursive: true, force: true }));
    await mkdir(path.join(web, "dist", "assets"), { recursive: true });
    await writeFile(path.join(web, "secret.txt"), "secret");
    await writeFile(path.join(web, "dist", "index.html"), "<!doctype html>the page");
    await writeFile(path.join(web, "dist", "assets", "main-AbCd1234.js"), "1");
    const data = await makeApiData(t);
    await using api = await startApi(data, { server: { webFolder: path.join(web, "dist") } });

    await t.test("paths stay in the folder", async () => {
      const paths = [
        "/../secret.txt",
        "/assets/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
      ];
      for (const given of [...paths, "/assets/..%5c..%5csecret.txt", "/secret.txt%00.js"]) {
        const { status, text } = await raw(api.url, { path: given });
        assert.ok(!text.includes("secret\n") && text !== "secret", given);
        assert.ok([400, 404].includes(status), `${given}: ${status}`);
      }
      const asset = await api.get("/assets/main-AbCd1234.js");
      assert.equal(asset.headers.get("cache-control"), "public, max-age=31536000, immutable");
      const page = await api.get("/symbols/COMI");
      assert.match(await page.text(), /the page/, "a page that only the dashboard knows");
      assert.match(page.headers.get("content-security-policy") ?? "", /default-src 'self'/);
      assert.equal(page.headers.get("x-content-type-options"), "nosniff");
      assert.equal((await api.get("/assets/none.js")).status, 404);
    });

    await t.test("another host's name is another site's", async () => {
      for (const host of ["evil.example", "127.0.0.1.evil.example", "localhost@evil"]) {
        const { status } = await raw(api.url, { path: "/api/v1/status", headers: { host } });
        assert.ok(status === 403 || status === 400, `${host}: ${status}`);
      }
      const { port } = new URL(api.url);
      for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`]) {
        assert.equal((await raw(api.url, { headers: { host } })).status, 200);
      }
    });

    await t.test("no other site may ask, and none is told that it could", async () => {
      const body = JSON.stringify({ sql: "select 1" });
      const headers = { "content-type": "application/json" };
      const post = { method: "POST", body };
      const foreign = await api.get("/api/v1/query", {
        ...post,
        headers: { ...headers, origin: "https://evil.example" },
      });
      assert.equal(await codeOf(foreign), "E_HTTP_FORBIDDEN");
      const cross = await api.get("/api/v1/query", {
        ...post,
        headers: { ...headers, "sec-fetch-site": "cross-site" },
      });
      assert.equal(await codeOf(cross), "E_HTTP_FORBIDDEN");
      const form = await api.get("/api/v1/query", {
        ...post,
        headers: { "content-type": "text/plain" },
      });
      assert.equal(await codeOf(form), "E_HTTP_MEDIA_TYPE");
      const options = await api.get("/api/v1/query", { method: "OPTIONS" });
      assert.equal(options.headers.get("access-control-allow-origin"), null);
      const bare = await api.get("/api/v1/dead-letters/replay", {
        method: "POST",
        body: "{}",
        headers,
      });
      assert.equal(await codeOf(bare), "E_HTTP_FORBIDDEN", "its header is missing");
    });

    await t.test("wrong methods, long addresses, big and broken bodies", async () => {
      const wrong = await api.get("/api/v1/status", { method: "DELETE" });
      assert.equal(wrong.headers.get("allow"), "GET, HEAD");
      assert.equal(await codeOf(wrong), "E_HTTP_METHOD");
      const long = await api.get(`/api/v1/symbols?search=${"a".repeat(12_000)}`);
      assert.equal(await codeOf(long), "E_HTTP_TOO_LARGE");
      const headers = { "content-type": "application/json" };
      const big = await api.get("/api/v1/query", {
        method: "POST",
        headers,
        body: JSON.stringify({ sql: "x".repeat(200_000) }),
      });
      assert.equal(await codeOf(big), "E_HTTP_TOO_LARGE");
      const broken = await api.get("/api/v1/query", { method: "POST", headers, body: "{" });
      assert.equal(await codeOf(broken), "E_HTTP_REQUEST");
      const headersTooLong = raw(api.url, { headers: { "x-long": "a".repeat(70_000) } });
      // The server hangs up on it, before or after it says so.
      assert.equal(await headersTooLong.then(({ status }) => status).catch(() => 431), 431);
      const range = await api.get("/api/v1/calendar?from=1990-01-01&to=2099-12-31");
      assert.equal(await codeOf(range), "E_HTTP_REQUEST");
    });

    await t.test("SQL reads the views and nothing else", async () => {
      const ask = async (sql: string): Promise<Response> =>
        api.get("/api/v1/query", {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ sql }),
        });
      for (const sql of [
        "drop table bars",
        "select * from read_csv('/etc/passwd')",
        "select 1; select 2",
        "copy bars to '/tmp/x'",
        "select * from '/etc/passwd'",
        "attach 'x.db'",
      ]) {
        assert.match(await codeOf(await ask(sql)), /^E_QUERY/, sql);
      }
      const wrong = await (await ask("select closs from bars")).json();
      const place = z.object({
        line: z.literal(1),
        column: z.literal(8),
        candidates: z.array(z.string()),
      });
      assert.ok(place.parse(wrong).candidates.includes("close"));
      const good = await ask("select count(*)::int n from bars where symbol = 'COMI'");
      const answer = z.object({ rows: z.array(z.array(z.number())), cut: z.boolean() });
      assert.ok((answer.parse(await good.json()).rows[0]?.[0] ?? 0) > 10);
      const cut = await ask("select * from range(5000)");
      const { rows, cut: isCut } = answer.parse(await cut.json());
      assert.deepEqual([rows.length, isCut], [1_000, true]);
    });

    assert.deepEqual(api.failures, []);
  });

  test("a reader of events that takes nothing is let go, others are not held up", async (t) => {
    const data = await makeApiData(t);
    await using api = await startApi(data, { backend: { streamsMax: 2 } });
    const { port } = new URL(api.url);
    const socket = connect(Number(port), "127.0.0.1");
    t.after(() => socket.destroy());
    socket.write(`GET /api/v1/events HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`);
    socket.pause();
    const reader = new EventReader(`${api.url}/api/v1/events`);
    t.after(() => reader.close());
    await reader.until((events) => events.some(({ name }) => name === "status"));
    const third = new EventReader(`${api.url}/api/v1/events`);
    await third.until((events) =>
      events.some(({ name, data: status }) => name === "refused" && status === 503),
    );
    await third.close();
    const bad = await api.get("/api/v1/events?since=nonsense");
    assert.equal(await codeOf(bad), "E_HTTP_REQUEST");
  });
});
