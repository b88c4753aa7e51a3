import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { rm, statfs, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { startMinio, type Minio } from "../../../scripts/services/minio.ts";
import { findTool } from "../../../scripts/services/tools.ts";
import type { Fault } from "./fault.ts";
import type { FaultCase } from "./fault-case.ts";

/** Publishes under load while the store is broken, mends it, and waits until all is stored. */
async function underLoad(
  c: FaultCase,
  outage: { readonly begin: () => Promise<void>; readonly end: () => Promise<void> },
): Promise<void> {
  const load = c.generator.load(c.size.recordsPerSecond);
  const consumer = c.consumer();
  await consumer.told(/stored/);
  await outage.begin();
  await sleep(c.size.outageMs);
  c.expect(!consumer.isOver, "the consumer ended instead of waiting");
  await load.stop();
  await outage.end();
  c.mended();
  await c.settle();
}

/** The same, for an outage in which nothing can be stored. */
async function underLoadAndStill(
  c: FaultCase,
  outage: { readonly begin: () => Promise<void>; readonly end: () => Promise<void> },
): Promise<void> {
  await underLoad(c, {
    begin: outage.begin,
    end: async () => {
      c.expect(!(await c.isStoring(500)), "something was stored while nothing can be");
      await outage.end();
    },
  });
}

function answering(status: number, error: string) {
  return async (c: FaultCase): Promise<void> => {
    const { storeFaults } = c.world;
    await underLoadAndStill(c, {
      begin: async () => storeFaults.play({ always: { status, error } }),
      end: async () => storeFaults.play({}),
    });
  };
}

async function slowLine(c: FaultCase): Promise<void> {
  const remove: (() => Promise<void>)[] = [];
  await underLoad(c, {
    begin: async () => {
      const latency = Math.min(30_000, c.size.outageMs / 2);
      const { storeLine } = c.world;
      const attributes = { latency };
      remove.push(await storeLine.add({ type: "latency", stream: "downstream", attributes }));
      remove.push(
        await storeLine.add({ type: "bandwidth", stream: "upstream", attributes: { rate: 1 } }),
      );
    },
    end: async () => {
      for (const each of remove) await each();
    },
  });
}

async function bucketDeleted(c: FaultCase): Promise<void> {
  await underLoad(c, {
    begin: async () => {
      await c.store.mc(["rb", "--force", `here/${c.bucket}`]);
    },
    end: async () => {
      // A put that was under way may have brought it back by itself, empty.
      await c.store.mc(["mb", "--ignore-existing", `here/${c.bucket}`]);
    },
  });
}

const smallFileSystemMiB = 96;

/** MinIO on a file system that is soon full. */
async function smallStore(): Promise<Minio> {
  const folder = mkdtempSync(join(tmpdir(), "egx-small-"));
  const size = `size=${smallFileSystemMiB}m`;
  execFileSync("mount", ["-t", "tmpfs", "-o", size, "tmpfs", folder]);
  const release = (): void => {
    execFileSync("umount", ["-l", folder]);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const minio = await startMinio({ folder });
    return {
      ...minio,
      stop: async () => {
        await minio.stop();
        release();
      },
    };
  } catch (error) {
    release();
    throw error;
  }
}

async function diskFull(c: FaultCase): Promise<void> {
  const filler = join(c.store.dataFolder, "..", "filler");
  await underLoadAndStill(c, {
    begin: async () => {
      const { bavail, bsize } = await statfs(c.store.dataFolder);
      await writeFile(filler, Buffer.alloc(bavail * bsize)).catch(() => undefined);
      c.expect(statSync(filler).size > 0, "the file system was not filled");
      // What was under way is through by then.
      await sleep(1_000);
    },
    end: async () => {
      await rm(filler);
    },
  });
}

function skipSmallStore(): string | false {
  if (process.getuid?.() !== 0) return "only root may mount a small file system";
  return findTool("mount") === null ? "mount is not installed" : false;
}

export const storeFaults: readonly Fault[] = [
  {
    name: "500 and 503, 30 % of the time",
    run: async (c) => {
      const { storeFaults: store } = c.world;
      const before = store.counts.refused;
      await underLoad(c, {
        begin: async () => store.play({ refused: 0.3 }),
        end: async () => store.play({}),
      });
      c.expect(store.counts.refused > before, "no request was refused");
    },
  },
  {
    name: "answers lost after success, 30 %",
    run: async (c) => {
      const { storeFaults: store } = c.world;
      const before = store.counts.dropped;
      await underLoad(c, {
        begin: async () => store.play({ lostAnswers: 0.3 }),
        end: async () => store.play({}),
      });
      c.expect(store.counts.dropped > before, "no answer was lost");
    },
  },
  { name: "403 for a while", run: answering(403, "AccessDenied") },
  { name: "credentials expired for a while", run: answering(400, "ExpiredToken") },
  { name: "bucket deleted and made again", run: bucketDeleted },
  { name: "disk full", run: diskFull, store: smallStore, skip: skipSmallStore() },
  { name: "30 s latency and 1 KB/s", run: slowLine },
  {
    name: "store cut off",
    run: async (c) => {
      const { storeLine } = c.world;
      await underLoadAndStill(c, {
        begin: async () => storeLine.cut(),
        end: async () => storeLine.restore(),
      });
    },
  },
  {
    name: "store killed and started again",
    run: async (c) => {
      const load = c.generator.load(c.size.recordsPerSecond);
      const consumer = c.consumer();
      await consumer.told(/stored/);
      await c.store.kill9();
      await sleep(c.size.outageMs);
      c.expect(!consumer.isOver, "the consumer ended instead of waiting");
      await load.stop();
      await c.store.startAgain();
      c.mended();
      await c.settle();
    },
  },
];
