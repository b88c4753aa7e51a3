/**
 * The process that test/lake/folder-lake.test.ts kills: `write FOLDER` puts, creates and replaces
 * without end, `hold-lock FOLDER` holds the lake's lock.
 */
import path from "node:path";
import process from "node:process";
import { utf8 } from "../../src/base/bytes.ts";
import { systemClock } from "../../src/base/clock.ts";
import { openFolderLake } from "../../src/lake/folder-lake.ts";
import { FolderLock } from "../../src/lake/folder-lock.ts";

const [what, folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("which folder?");

if (what === "hold-lock") {
  const lock = new FolderLock({
    file: path.join(folder, ".lock"),
    clock: systemClock,
    waitMs: 1000,
  });
  await lock.hold(async () => {
    process.stdout.write("held\n");
    await systemClock.sleep(600_000);
  });
} else {
  const lake = await openFolderLake({ folder, create: true, clock: systemClock });
  process.stdout.write("writing\n");
  await Promise.all(Array.from({ length: 4 }, async (_, worker) => write(worker)));

  async function write(worker: number): Promise<void> {
    for (let index = 0; ; index += 1) {
      const size = 1 + ((index * 7919 + worker) % 60_000);
      const body = utf8(`${size};`.repeat(size));
      const key = `o/put-${index % 7}`;
      if (index % 3 === 0) await lake.put(key, body);
      if (index % 3 === 1) await lake.create(`o/${process.pid}/${worker}-${index}`, body);
      const version = (await lake.head(key))?.version ?? null;
      if (index % 3 === 2) await lake.replace(key, body, version);
    }
  }
}
