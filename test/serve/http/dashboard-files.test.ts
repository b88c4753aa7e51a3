import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { makeApiData, startApi } from "../../support/api-rig.ts";

/** A built dashboard, as far as its names go. */
async function builtWeb(t: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "egx-web-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await mkdir(path.join(folder, "assets"));
  await writeFile(path.join(folder, "index.html"), "<!doctype html>the page");
  await writeFile(path.join(folder, "assets", "main-ZDBPZFA2.css"), "a{}");
  await writeFile(path.join(folder, "assets", "icon-simulated.svg"), "<svg/>");
  return folder;
}

test("the dashboard's files and addresses", async (t) => {
  const data = await makeApiData(t);
  await using api = await startApi(data, { server: { webFolder: await builtWeb(t) } });

  await t.test("only a name with the builder's hash is kept for ever", async () => {
    const cached = async (name: string): Promise<string | null> =>
      (await api.get(`/assets/${name}`)).headers.get("cache-control");
    assert.match((await cached("main-ZDBPZFA2.css")) ?? "", /immutable/);
    assert.equal(await cached("icon-simulated.svg"), "no-cache");
  });

  await t.test("the page of a ticker with a dot is a page", async () => {
    for (const address of ["/symbol/COMI", "/symbol/COMI.CA", "/symbol/EGX30.X2"]) {
      const answer = await api.get(address);
      assert.deepEqual([answer.status, await answer.text()], [200, "<!doctype html>the page"]);
    }
    assert.equal((await api.get("/assets/gone-ZDBPZFA2.js")).status, 404);
    assert.equal((await api.get("/favicon.ico")).status, 404);
  });
});
