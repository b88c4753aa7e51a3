import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../../../src/base/clock.ts";
import { makeApiData, startApi } from "../../support/api-rig.ts";

const token = "0123456789abcdef0123456789abcdef";

test("a server with a token tells nothing without it", async (t) => {
  const data = await makeApiData(t);
  await using api = await startApi(data, { server: { token } });
  const closed = await api.get("/api/v1/status");
  assert.deepEqual([closed.status, closed.headers.get("www-authenticate")], [401, "Bearer"]);
  for (const address of ["/", "/api", "/api/openapi.json", "/api/v1/events", "/metrics"]) {
    assert.equal((await api.get(address)).status, 401, address);
  }
  const page = await api.get("/", { headers: { accept: "text/html" } });
  assert.deepEqual([page.status, page.headers.get("location")], [303, "/login"]);
  assert.equal((await api.get("/livez")).status, 200);

  const wrong = [`Bearer ${token}x`, "Bearer ", `Basic ${token}`, `Bearer ${token.slice(1)}`];
  for (const authorization of wrong) {
    assert.equal((await api.get("/api/v1/status", { headers: { authorization } })).status, 401);
  }
  const bearer = await api.get("/api/v1/status", { headers: { authorization: `Bearer ${token}` } });
  assert.equal(bearer.status, 200);
  assert.ok(!(await bearer.text()).includes(token));

  const signIn = async (given: string): Promise<Response> =>
    api.get("/login", { method: "POST", body: new URLSearchParams({ token: given }) });
  assert.equal((await signIn("guess")).status, 401);
  const signedIn = await signIn(token);
  const cookie = signedIn.headers.get("set-cookie") ?? "";
  assert.match(cookie, /HttpOnly; SameSite=Strict/);
  assert.ok(!cookie.includes(token), "the cookie is no copy of the token");
  const session = cookie.split(";")[0] ?? "";
  const inside = await api.get("/api/v1/status", { headers: { cookie: `a=b; ${session}` } });
  assert.equal(inside.status, 200);
  const forged = await api.get("/api/v1/status", { headers: { cookie: "egx_session=0" } });
  assert.equal(forged.status, 401);
  assert.deepEqual(api.failures, []);
});

test("who guesses tokens keeps nobody else from the server", async (t) => {
  const data = await makeApiData(t);
  const sleep = Promise.withResolvers<void>();
  const clock = { ...systemClock, sleep: async () => sleep.promise };
  await using api = await startApi(data, { server: { token, clock } });
  const signIn = async (given: string): Promise<number> => {
    const body = new URLSearchParams({ token: given });
    return (await api.get("/login", { method: "POST", body })).status;
  };
  // More than may be at work at once: each wrong one is at work for as long as it waits.
  const guesses = Array.from({ length: 300 }, (_, n) => signIn(`guess ${n}`));
  const first = await Promise.race(guesses);
  assert.equal(first, 503, "the line is short: others are turned away at once");
  assert.equal(await signIn(token), 303);
  sleep.resolve();
  const statuses = new Set(await Promise.all(guesses));
  assert.deepEqual(
    [...statuses].toSorted((left, right) => left - right),
    [401, 503],
  );
});
