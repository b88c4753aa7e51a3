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

/** A file of real bars, and why a test is skipped that cannot have it. */
export function realFile(name: string): { readonly path: string; readonly skip: string | false } {
  const folder = process.env["EGX_SHARED"] ?? join(import.meta.dirname, "../../../shared");
  const path = join(folder, "data", name);
  return { path, skip: existsSync(path) ? false : `there is no ${path} (set EGX_SHARED)` };
}
