import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { installOnce, partFolder } from "../../scripts/services/cache.ts";
import { freePorts } from "../../scripts/services/ports.ts";
import { startServer } from "../../scripts/services/server.ts";
import { findTool, needTools, ServiceError } from "../../scripts/services/tools.ts";
import { skipWithoutToxiproxy, toxiproxyForFile } from "./services-toxiproxy.ts";

const cache = mkdtempSync(join(tmpdir(), "egx-cache-"));
process.on("exit", () => rmSync(cache, { recursive: true, force: true }));

test("an install that fails is not taken for done, and the next one is", async (t) => {
  useCache(t);
  const failing = installOnce("part", "1", async () => {
    throw new ServiceError("no network");
  });
  await assert.rejects(failing, ServiceError);
  assert.ok(!existsSync(partFolder("part", "1")));
  assert.deepEqual(readdirSync(join(cache, "parts")), [], "nothing half done is left");

  assert.equal(await installOnce("part", "1", async () => undefined), "installed");
  const again = installOnce("part", "1", async () => assert.fail("it is there"));
  assert.equal(await again, "was installed");
});

test("of two installs at once one counts", async (t) => {
  useCache(t);
  const fill = async (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));
  const outcomes = await Promise.all([
    installOnce("twice", "1", fill),
    installOnce("twice", "1", fill),
  ]);
  assert.ok(existsSync(partFolder("twice", "1")));
  assert.ok(outcomes.includes("installed"));
});

test("a tool that is absent is named, with how to get it", (t) => {
  const path = process.env["PATH"];
  process.env["PATH"] = cache;
  t.after(() => {
    process.env["PATH"] = path;
  });
  assert.throws(() => needTools("kafka", ["mvn"]), /kafka needs mvn.*apt-get install maven/);
});

test("free ports differ", async () => {
  const ports = await freePorts(20);
  assert.equal(new Set(ports).size, 20);
  assert.ok(ports.every((port) => port > 0));
});

test("a server that ends before it is ready fails with the end of its log", async () => {
  const folder = mkdtempSync(join(cache, "server-"));
  const failing = startServer({
    name: "a server",
    command: process.execPath,
    args: ["-e", "console.log('wrong flag'); process.exit(3)"],
    cwd: folder,
    logFile: join(folder, "log"),
    ready: () => false,
  });
  await assert.rejects(failing, /a server ended before it was ready:\n.*wrong flag/s);
});

const skipOrphans =
  findTool("setpriv") === null
    ? "setpriv is not installed, which ties a child to its parent"
    : false;

test("a server ends with the process that started it, however", { skip: skipOrphans }, async () => {
  const started = spawnSync(process.execPath, ["-e", orphanScript(cache)], { encoding: "utf8" });
  assert.equal(started.signal, "SIGKILL", started.stderr);
  const pid = Number(started.stdout.trim());
  assert.ok(pid > 0, started.stderr);
  const isThere = (): boolean => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  for (let looks = 0; looks < 100 && isThere(); looks += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.ok(!isThere(), `process ${pid} was left behind`);
});

test("a command line that is not understood names the parts", () => {
  const run = spawnSync(process.execPath, ["scripts/services.ts", "start", "kafak"], {
    encoding: "utf8",
  });
  assert.equal(run.status, 64);
  assert.match(run.stderr, /there is no part kafak/);
  assert.match(run.stderr, /minio/);
});

test("the fault proxy cuts, restores and slows", { skip: skipWithoutToxiproxy }, async (t) => {
  const server = createServer((_request, response) => response.end("hello"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  t.after(() => server.close());
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  const toxiproxy = await toxiproxyForFile();
  const proxy = await toxiproxy.proxy("web", address.port);
  const ask = async (): Promise<string> => {
    const headers = { connection: "close" };
    return (await fetch(`http://127.0.0.1:${proxy.port}`, { headers })).text();
  };
  assert.equal(await ask(), "hello");
  await proxy.cut();
  await assert.rejects(ask());
  await proxy.restore();
  assert.equal(await ask(), "hello");
  const remove = await proxy.add({
    type: "timeout",
    stream: "downstream",
    attributes: { timeout: 1 },
  });
  await assert.rejects(ask());
  await remove();
  assert.equal(await ask(), "hello");
  await toxiproxy.kill9();
  assert.equal(toxiproxy.pid(), null);
  await toxiproxy.startAgain();
  assert.ok(toxiproxy.pid() !== null);
});

function useCache(t: { after: (done: () => void) => void }): void {
  const before = process.env["EGX_CACHE"];
  process.env["EGX_CACHE"] = cache;
  t.after(() => {
    if (before === undefined) delete process.env["EGX_CACHE"];
    else process.env["EGX_CACHE"] = before;
  });
}

/** Starts a server, prints its process id, and dies of SIGKILL. */
function orphanScript(folder: string): string {
  const module = new URL("../../scripts/services/server.ts", import.meta.url).href;
  const spec = {
    name: "an orphan",
    command: process.execPath,
    args: ["-e", "setInterval(() => undefined, 1000); console.log('ready')"],
    cwd: folder,
    logFile: join(folder, "orphan.log"),
  };
  return `
    const { startServer } = await import(${JSON.stringify(module)});
    const ready = (log) => log.includes("ready");
    const server = await startServer({ ...${JSON.stringify(spec)}, ready });
    console.log(server.pid());
    process.kill(process.pid, "SIGKILL");
  `;
}
