import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import path from "node:path";
import process from "node:process";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../scripts/services/ports.ts";
import { systemCodeOf } from "../../src/base/errors.ts";
import { z } from "../../src/base/schema.ts";
import { barsAnswer } from "../../src/serve/api/bars.ts";
import { statusAnswer } from "../../src/serve/api/status.ts";
import { minuteBars, runEgx, startEgx, temporaryFolder, type RunningEgx } from "./run-egx.ts";

const portOfUsers = 8080;
const address = z.object({ url: z.url() });

interface Served extends RunningEgx {
  readonly url: string;
}

/** `egx serve` on a lake, until the test ends. */
async function serving(
  t: TestContext,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Served> {
  const running = startEgx(["serve", "--json", ...args], { env, cwd: temporaryFolder(t) });
  t.after(async () => {
    running.child.kill("SIGKILL");
    await running.ended;
  });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  running.child.stdout?.once("data", (text: string) => resolve(text));
  void running.ended.then(({ stderr }) => reject(new Error(`egx serve ended: ${stderr}`)));
  return { ...running, ...address.parse(JSON.parse(await promise)) };
}

/** A data folder with the bars of {@link minuteBars} in its silver. */
async function filledFolder(t: TestContext): Promise<string> {
  const folder = temporaryFolder(t);
  const file = path.join(folder, "bars.csv");
  const data = path.join(folder, "data");
  writeFileSync(file, minuteBars());
  const { code, stderr } = await runEgx(["up", "--once", "--file", file, "--data", data]);
  assert.equal(code, 0, stderr);
  return data;
}

/** Listens until the test ends; false when another process has the port already. */
async function listening(t: TestContext, server: Server, port: number): Promise<boolean> {
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  } catch (error) {
    assert.equal(systemCodeOf(error), "EADDRINUSE");
    return false;
  }
  t.after(() => server.close());
  return true;
}

test("egx serve shows a lake, is ready, and ends at SIGTERM with exit code 0", async (t) => {
  const lake = path.join(await filledFolder(t), "lake");
  const { url, child, ended } = await serving(t, ["--port", "0", "--lake", lake]);

  const told = await fetch(`${url}/api/v1/status`);
  assert.equal(told.status, 200);
  const { can, mode } = statusAnswer.parse(await told.json());
  assert.deepEqual([can, mode.data], [{ live: false, replay: false }, "real"]);
  const bars = await fetch(`${url}/api/v1/symbols/COMI/bars?interval=1m`);
  assert.equal(barsAnswer.parse(await bars.json()).bars.length, 20);
  const ready = await fetch(`${url}/readyz`);
  assert.deepEqual([ready.status, await ready.text()], [200, "ready\n"]);
  const page = await fetch(`${url}/symbol/COMI`);
  assert.match(page.headers.get("content-type") ?? "", /^text\/html/);

  child.kill("SIGTERM");
  const { code, stderr } = await ended;
  assert.equal(code, 0, stderr);
  await assert.rejects(fetch(url), "nothing listens any more");
});

test("a log beside the lake makes its bars live", async (t) => {
  const { url } = await serving(t, ["--port", "0", "--data", await filledFolder(t)]);
  const { can, position } = statusAnswer.parse(await (await fetch(`${url}/api/v1/status`)).json());
  assert.deepEqual(can, { live: true, replay: true });
  assert.match(position, /\.\d/);
});

test("a port that was asked for and is taken is E_PORT_BUSY, with exit code 78", async (t) => {
  const server = createServer();
  const port = await freePort();
  assert.ok(await listening(t, server, port));
  const data = path.join(temporaryFolder(t), "data");
  const lake = temporaryFolder(t);
  for (const args of [
    ["serve", "--lake", lake],
    ["up", "--feed", "simulator", "--data", data],
  ]) {
    const outcome = await runEgx([...args, "--port", String(port)], { cwd: lake });
    assert.equal(outcome.code, 78, outcome.stderr);
    assert.match(outcome.stderr, /^error\[E_PORT_BUSY\]/m);
    assert.equal(outcome.stdout, "");
  }
  assert.ok(!existsSync(data), "nothing was begun");
});

test("where 8080 is taken and no port was asked for, another one is, and it says so", async (t) => {
  // A test beside this one has it for moments; whoever has it for longer keeps it taken, too.
  for (let attempt = 0; attempt < 50; attempt += 1) {
    if (await listening(t, createServer(), portOfUsers)) break;
    await sleep(200);
  }
  const running = await serving(t, ["--lake", temporaryFolder(t)]);
  const { url } = running;
  assert.notEqual(new URL(url).port, String(portOfUsers));
  await running.told(new RegExp(`dashboard at ${url} \\(port ${portOfUsers} is taken\\)`));
  assert.equal((await fetch(`${url}/livez`)).status, 200);
});

test(
  "--open opens the dashboard in the user's browser",
  { skip: process.platform !== "linux" && "the browser is told by BROWSER on Linux alone" },
  async (t) => {
    const folder = temporaryFolder(t);
    const browser = path.join(folder, "browser");
    const opened = path.join(folder, "opened");
    writeFileSync(
      browser,
      `#!/bin/sh\nprintf %s "$1" > "${opened}.part"\nmv "${opened}.part" "${opened}"\n`,
    );
    chmodSync(browser, 0o755);
    const env = {
      BROWSER: browser,
      XDG_CURRENT_DESKTOP: "X-Generic",
      DISPLAY: "",
      WAYLAND_DISPLAY: "",
    };
    const { url } = await serving(t, ["--port", "0", "--open", "--lake", folder], env);
    const givenUp = performance.now() + 30_000;
    while (!existsSync(opened) && performance.now() < givenUp) await sleep(20);
    assert.equal(readFileSync(opened, "utf8"), url);
  },
);

test("the page of egx up is there before the feed has answered", async (t) => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const statuses = Promise.withResolvers<readonly number[]>();
  const feed = createServer((socket) => {
    socket.on("error", () => undefined);
    // It is asked and says nothing until the page was.
    const asked = Promise.all(["/", "/livez", "/api/v1/status"].map((at) => fetch(url + at)));
    statuses.resolve(asked.then((answers) => answers.map(({ status }) => status)));
    void statuses.promise.finally(() => socket.destroy()).catch(() => undefined);
  });
  feed.listen(0, "127.0.0.1");
  await once(feed, "listening");
  t.after(() => feed.close());
  const { port: feedPort } = z.object({ port: z.number() }).parse(feed.address());
  const running = startEgx(["up", "--port", String(port)], {
    cwd: temporaryFolder(t),
    env: { EGX_TRADINGVIEW_URL: `ws://127.0.0.1:${feedPort}/` },
  });
  t.after(async () => {
    running.child.kill("SIGKILL");
    await running.ended;
  });
  void running.ended.then(({ stderr }) => statuses.reject(new Error(`egx up ended: ${stderr}`)));
  assert.deepEqual(await statuses.promise, [200, 200, 503]);
  await running.told(/live feed: cannot be reached/);
  const givenUp = performance.now() + 30_000;
  let status = 503;
  while (status === 503 && performance.now() < givenUp) {
    await sleep(50);
    ({ status } = await fetch(`${url}/api/v1/status`));
  }
  assert.equal(status, 200);
  running.child.kill("SIGTERM");
  const { code, stderr } = await running.ended;
  assert.equal(code, 0, stderr);
});
