import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { suite, test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { textOf, utf8 } from "../../src/base/bytes.ts";
import { systemClock } from "../../src/base/clock.ts";
import { openFolderLake } from "../../src/lake/folder-lake.ts";
import type { Lake } from "../../src/lake/lake.ts";
import { isCode } from "../contract/lake-case.ts";
import { lakeContract } from "../contract/lake.ts";

lakeContract("the folder lake", {
  open: async (t) => openIn(t, await temporaryFolder(t)),
  openSecond: async (t, first) => openIn(t, first.url),
  keepsMetadata: false,
});

suite("opening a folder lake", () => {
  test("a folder that is not there is missing, or made with those above it", async (t) => {
    const folder = path.join(await temporaryFolder(t), "a/b/lake");
    await assert.rejects(openFolderLake({ folder, clock: systemClock }), isCode("E_LAKE_MISSING"));
    const lake = await openIn(t, folder);
    await lake.put("o", utf8("x"));
    assert.equal(await fs.readFile(path.join(folder, "o"), "utf8"), "x");
  });

  test("a path that leads to or through a file is E_LAKE_FOLDER", async (t) => {
    const file = path.join(await temporaryFolder(t), "file");
    await fs.writeFile(file, "x");
    for (const folder of [file, path.join(file, "lake"), path.join(file, "a/lake")]) {
      for (const create of [true, false]) {
        await assert.rejects(
          openFolderLake({ folder, create, clock: systemClock }),
          isCode("E_LAKE_FOLDER"),
        );
      }
    }
  });

  test("a folder that cannot be written is E_LAKE_FOLDER", async (t) => {
    const folder = await smallFolder(t, ",ro");
    if (folder === null) return;
    await assert.rejects(
      openFolderLake({ folder, create: true, clock: systemClock }),
      isCode("E_LAKE_FOLDER"),
    );
    const reader = await openFolderLake({ folder, clock: systemClock });
    assert.equal(await reader.get("o"), null);
    await assert.rejects(reader.put("o", utf8("x")), isCode("E_LAKE_FOLDER"));
  });

  test("temporary files of the dead and the very old go, those of the living stay", async (t) => {
    const folder = await temporaryFolder(t);
    await openIn(t, folder);
    const temporary = path.join(folder, ".tmp");
    const name = await ownTemporaryName(folder);
    const random = name.slice(name.indexOf("-", 9) + 1);
    const host = name.slice(0, 8);
    const dead = execFileSync(process.execPath, ["-p", "process.pid"], { encoding: "utf8" }).trim();
    const living = name.replace(random, random.replaceAll("0", "1"));
    const foreign = `00000000-${dead}-${random}`;
    const ancient = `00000000-1-${random}`;
    for (const each of [`${host}-${dead}-${random}`, living, foreign, ancient, "unknown"]) {
      await fs.writeFile(path.join(temporary, each), "left");
    }
    await fs.utimes(path.join(temporary, ancient), 1, 1);
    await openIn(t, folder);
    assert.deepEqual(
      (await fs.readdir(temporary)).toSorted(),
      [foreign, living, "unknown"].toSorted(),
    );
  });
});

suite("a folder lake", () => {
  test("lists no link, no dot file and no name that is no key", async (t) => {
    const folder = await temporaryFolder(t);
    const outside = await temporaryFolder(t);
    await fs.mkdir(path.join(outside, "deep"));
    await fs.writeFile(path.join(outside, "deep/secret"), "x");
    const lake = await openIn(t, folder);
    await lake.put("a/o", utf8("x"));
    await fs.symlink(outside, path.join(folder, "link"));
    await fs.symlink(path.join(outside, "deep/secret"), path.join(folder, "a/link"));
    await fs.writeFile(path.join(folder, "a/.hidden"), "x");
    await fs.writeFile(path.join(folder, "a/with blank"), "x");
    await fs.writeFile(path.join(folder, "-dash"), "x");
    for (const prefix of ["", "link/", "link/deep/", "link/deep/secret"]) {
      const keys = await Array.fromAsync(lake.list(prefix), ({ key }) => key);
      assert.deepEqual(keys, prefix === "" ? ["a/o"] : []);
    }
  });

  test("cannot hold a key that is the folder of another", async (t) => {
    const lake = await openIn(t, await temporaryFolder(t));
    await lake.put("a/b", utf8("x"));
    const refused = isCode("E_LAKE_KEY");
    await assert.rejects(lake.put("a", utf8("x")), refused);
    await assert.rejects(lake.create("a", utf8("x")), refused);
    await assert.rejects(lake.create("a/b/c", utf8("x")), refused);
    await assert.rejects(lake.put("a/b/c/d", utf8("x")), refused);
    assert.deepEqual(await Array.fromAsync(lake.list(""), ({ key }) => key), ["a/b"]);
    assert.deepEqual(await fs.readdir(path.join(lake.url, ".tmp")), []);
  });

  test("an object's time never goes back, so that no version comes again", async (t) => {
    const lake = await openIn(t, await temporaryFolder(t));
    const file = path.join(lake.url, "o");
    const future = systemClock.nowMs() + 3_600_000;
    await lake.put("o", utf8("1"));
    await fs.utimes(file, future / 1000, future / 1000);
    await lake.put("o", utf8("2"));
    const second = (await fs.stat(file)).mtimeMs;
    assert.ok(second > future);
    const version = (await lake.head("o"))?.version ?? "";
    assert.equal(await lake.replace("o", utf8("3"), version), "replaced");
    assert.ok((await fs.stat(file)).mtimeMs > second);
  });

  test("gives the path of an object to this machine's tools", async (t) => {
    const lake = await openIn(t, await temporaryFolder(t));
    await lake.put("a/b.json", utf8("body"));
    assert.equal(await fs.readFile(lake.localPath("a/b.json") ?? "", "utf8"), "body");
    assert.equal(lake.localPath("not/there"), path.join(lake.url, "not/there"));
  });

  test("goes on when folders are removed under it, and says when it is gone itself", async (t) => {
    const lake = await openIn(t, path.join(await temporaryFolder(t), "lake"));
    await lake.put("a/b/o", utf8("x"));
    await fs.rm(path.join(lake.url, "a"), { recursive: true });
    await fs.rm(path.join(lake.url, ".tmp"), { recursive: true });
    await lake.put("a/b/o", utf8("y"));
    assert.equal(textOf((await lake.get("a/b/o"))?.body ?? utf8("")), "y");
    await fs.rm(path.join(lake.url, "a"), { recursive: true });
    await lake.put("a/new/o", utf8("x"));
    await fs.rm(lake.url, { recursive: true });
    const missing = isCode("E_LAKE_MISSING");
    await assert.rejects(lake.put("a/b/o", utf8("z")), missing);
    await assert.rejects(lake.get("a/b/o"), missing);
    await assert.rejects(lake.head("a/b/o"), missing);
    await assert.rejects(Array.fromAsync(lake.list("")), missing);
    await assert.rejects(lake.create("a/b/o", utf8("z")), missing);
    await assert.rejects(lake.replace("a/b/o", utf8("z"), "1"), missing);
    await assert.rejects(lake.getRange("a/b/o", 0, 1), missing);
    await assert.rejects(lake.delete("a/b/o"), missing);
    await assert.rejects(fs.stat(lake.url), /ENOENT/);
  });

  test("a full disk is E_LAKE_FULL, with nothing half written", async (t) => {
    const folder = await smallFolder(t, "");
    if (folder === null) return;
    const lake = await openIn(t, folder);
    const body = new Uint8Array(300_000).fill(7);
    let stored = 0;
    const fill = async (): Promise<void> => {
      for (; ; stored += 1) await lake.put(`o/${stored}`, body);
    };
    await assert.rejects(fill(), isCode("E_LAKE_FULL"));
    await assert.rejects(lake.create("o/new", body), isCode("E_LAKE_FULL"));
    const version = (await lake.head("o/0"))?.version ?? "";
    await assert.rejects(lake.replace("o/0", body, version), isCode("E_LAKE_FULL"));
    assert.equal(stored, 3);
    assert.deepEqual(
      await Array.fromAsync(lake.list("")),
      [0, 1, 2].map((index) => ({ key: `o/${index}`, bytes: body.length })),
    );
    assert.deepEqual(await fs.readdir(path.join(folder, ".tmp")), []);
    await lake.delete("o/0");
    await lake.put("o/0", body);
  });

  test("waits no longer than it was told for a process that holds the lock", async (t) => {
    const folder = await temporaryFolder(t);
    const lake = await openFolderLake({ folder, clock: systemClock, lockWaitMs: 50 });
    await lake.put("o", utf8("x"));
    const holder = await childOf(t, "hold-lock", folder);
    await assert.rejects(lake.put("o", utf8("y")), isCode("E_LAKE_CONFLICT"));
    assert.equal(textOf((await lake.get("o"))?.body ?? utf8("")), "x");
    holder.kill("SIGKILL");
    await once(holder, "exit");
    await lake.put("o", utf8("y"));
    assert.equal(textOf((await lake.get("o"))?.body ?? utf8("")), "y");
  });

  test("survives kill -9 of a process that writes: whole objects, and .tmp for the next", async (t) => {
    const folder = await temporaryFolder(t);
    const lake = await openIn(t, folder);
    const rounds = process.env["EGX_TEST_LONG"] === "1" ? 30 : 5;
    let seen = 0;
    for (let round = 0; round < rounds; round += 1) {
      const writer = await childOf(t, "write", folder);
      await systemClock.sleep(20 + round * 17);
      writer.kill("SIGKILL");
      await once(writer, "exit");
      for await (const { key } of lake.list("")) {
        seen += 1;
        assertWhole(textOf((await lake.get(key))?.body ?? utf8("")), key);
      }
      await openIn(t, folder);
      assert.deepEqual(await fs.readdir(path.join(folder, ".tmp")), []);
    }
    assert.ok(seen > 0, "the writers wrote nothing");
    const names = (await fs.readdir(folder)).filter((name) => name.startsWith("."));
    assert.deepEqual(names.toSorted(), [".lock", ".tmp"]);
    // The lock of a dead process is free.
    await lake.put("o/put-0", utf8("1;"));
  });
});

/** A body is its size's text again and again, as the child writes it. */
function assertWhole(body: string, key: string): void {
  const unit = body.slice(0, body.indexOf(";") + 1);
  assert.equal(body, unit.repeat(Number(unit.slice(0, -1))), `${key} is torn`);
}

async function openIn(t: TestContext, folder: string): Promise<Lake> {
  const lake = await openFolderLake({ folder, create: true, clock: systemClock });
  t.after(async () => lake.close());
  return lake;
}

async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await fs.mkdtemp(path.join(tmpdir(), "egx-lake-"));
  t.after(async () => fs.rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A folder on a file system of 1 MiB; null, with the test skipped, where one may not mount. */
async function smallFolder(t: TestContext, options: string): Promise<string | null> {
  const folder = await fs.mkdtemp(path.join(tmpdir(), "egx-lake-small-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=1m${options}`, "tmpfs", folder]);
  } catch {
    await fs.rmdir(folder);
    t.skip("a small file system cannot be mounted here (not root)");
    return null;
  }
  t.after(async () => {
    execFileSync("umount", [folder]);
    await fs.rmdir(folder);
  });
  return folder;
}

/** A process that uses the lake, once it says that it has begun. */
async function childOf(
  t: TestContext,
  what: "write" | "hold-lock",
  folder: string,
): Promise<ReturnType<typeof spawn>> {
  const script = fileURLToPath(new URL("folder-lake-child.ts", import.meta.url));
  const child = spawn(process.execPath, [script, what, folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  await once(child.stdout, "data");
  return child;
}

/** The name that this process gives its temporary files. */
async function ownTemporaryName(folder: string): Promise<string> {
  const temporary = path.join(folder, ".tmp");
  const watched = fs.watch(temporary)[Symbol.asyncIterator]();
  const event = watched.next();
  await openFolderLake({ folder, create: true, clock: systemClock });
  const { value } = await event;
  await watched.return?.();
  assert.ok(typeof value?.filename === "string");
  return value.filename;
}
