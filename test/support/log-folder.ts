import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

import { systemClock } from "../../src/base/clock.ts";
import { systemRandom } from "../../src/base/random.ts";
import type { Log } from "../../src/log/log.ts";
import { openSqliteLog, type SqliteLogOptions } from "../../src/log/sqlite-log.ts";

/** A folder of the test's own, removed when it ends. */
export async function makeLogFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "egx-log-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Opens the log in `folder`; closed when the test ends. */
export async function openLog(
  t: TestContext,
  folder: string,
  options: Partial<SqliteLogOptions> = {},
): Promise<Log> {
  const log = await openSqliteLog({
    folder,
    clock: systemClock,
    random: systemRandom,
    ...options,
  });
  t.after(() => log.close());
  return log;
}
