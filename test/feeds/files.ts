import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import process from "node:process";

/** Writes a file of its own folder, which goes with the test. */
export async function fileWith(
  t: TestContext,
  content: string | Uint8Array,
  name = "prices.csv",
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "egx-feeds-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

/** A file of real bars, which the repository does not hold, and why a test is skipped that cannot have it. */
export function realFile(name: string): { readonly path: string; readonly skip: string | false } {
  const folder = process.env["EGX_SHARED"] ?? join(import.meta.dirname, "../../../shared");
  const path = join(folder, "data", name);
  const lacking = `real bars are not in the repository, and there is no ${path} (see CONTRIBUTING)`;
  return { path, skip: existsSync(path) ? false : lacking };
}
