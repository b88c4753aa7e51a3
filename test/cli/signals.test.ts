import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { hasEscape, runEgx, startEgx, temporaryFolder } from "./run-egx.ts";

test("up without a feed says so, keeps its state in sight, and ends cleanly at Ctrl-C", async (t) => {
  const cwd = temporaryFolder(t);
  const running = startEgx(["up"], { cwd });
  t.after(() => running.child.kill("SIGKILL"));
  await running.told(/live feed: cannot be reached/);
  await running.told(/showing simulated 1 Minute bars.* \(source: simulator\)/);
  await running.told(/data in \.\/data\/demo/);

  const second = await runEgx(["up"], { cwd });
  assert.equal(second.code, 78);
  assert.match(second.stderr, /^error\[E_DATA_FOLDER_BUSY\]/);
  assert.equal(second.stdout, "");

  await running.told(
    /^rate: .*; lag: .*; published: [1-9].*; stored: .*; dead letters: 0; silver: /m,
  );
  running.child.kill("SIGINT");
  const { code, stdout, stderr } = await running.ended;
  assert.equal(code, 0, stderr);
  assert.match(stderr, /stopping: storing what is held/);
  // What is none is not told.
  assert.doesNotMatch(stdout, /waiting after/);
  const published = /^published +([\d,]+)$/m.exec(stdout)?.[1];
  assert.match(stdout, new RegExp(`^stored +${published}$`, "m"));
  assert.ok(published !== undefined && published !== "0", stdout);
  assert.ok(!hasEscape(stdout + stderr));

  const again = await runEgx(["verify", "--data", "data/demo"], { cwd });
  assert.equal(again.code, 0, again.stdout);
});

test("up that is stopped while it still asks the feed ends with exit code 0", async (t) => {
  const silent = createServer().listen(0, "127.0.0.1");
  t.after(() => silent.close());
  await once(silent, "listening");
  const address = silent.address();
  assert.ok(address !== null && typeof address === "object");
  const env = { EGX_TRADINGVIEW_URL: `ws://127.0.0.1:${address.port}/` };
  const running = startEgx(["up"], { cwd: temporaryFolder(t), env });
  t.after(() => running.child.kill("SIGKILL"));
  await once(silent, "connection");
  running.child.kill("SIGTERM");
  const { code, stdout, stderr } = await running.ended;
  assert.deepEqual([code, stdout], [0, ""], stderr);
  assert.doesNotMatch(stderr, /error/);
});

test("the consumer ends at SIGTERM with exit code 0 and a summary", async (t) => {
  const cwd = temporaryFolder(t);
  const running = startEgx(["consumer", "--json"], { cwd });
  t.after(() => running.child.kill("SIGKILL"));
  await running.told(/storing egx_market_data/);
  running.child.kill("SIGTERM");
  const { code, stdout } = await running.ended;
  assert.equal(code, 0);
  assert.match(stdout, /^\{"stored":0,/);
});

test("a second Ctrl-C ends at once with exit code 130", async (t) => {
  const cwd = temporaryFolder(t);
  const running = startEgx(["up", "--feed", "simulator"], { cwd });
  t.after(() => running.child.kill("SIGKILL"));
  await running.told(/data in /);
  // Signals that come at once are one signal, so the second one is sent when the first was seen.
  running.child.kill("SIGINT");
  await running.told(/stopping/);
  running.child.kill("SIGINT");
  const { code, stdout } = await running.ended;
  assert.equal(code, 130);
  assert.match(stdout, /^http:\/\/127\.0\.0\.1:\d+\n$/, "a pipe gets the address alone");
});

test("the folder is free again however the process that held it ended", async (t) => {
  const cwd = temporaryFolder(t);
  const killed = startEgx(["up", "--feed", "simulator", "--data", "d"], { cwd });
  await killed.told(/data in /);
  killed.child.kill("SIGKILL");
  await killed.ended;
  const next = await runEgx(
    ["up", "--once", "--feed", "simulator", "--interval", "1d", "--data", "d"],
    { cwd },
  );
  assert.equal(next.code, 0, next.stderr);
});
