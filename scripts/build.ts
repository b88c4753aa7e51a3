/**
 * Builds what is packed: `npm run build`. `dist/` has the JavaScript of `src/` and its types, and
 * is replaced whole: nothing of an earlier build stays in it.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import process from "node:process";

const root = fileURLToPath(new URL("..", import.meta.url));
const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
const dist = join(root, "dist");
// On the same disk as dist/, so that putting it in place is a rename.
const cache = join(root, ".cache");
mkdirSync(cache, { recursive: true });
const made = mkdtempSync(join(cache, "dist-"));

try {
  const { status } = spawnSync(
    process.execPath,
    [compiler, "--project", join(root, "tsconfig.build.json"), "--outDir", made],
    { stdio: "inherit" },
  );
  if (status === 0) {
    rmSync(dist, { recursive: true, force: true });
    renameSync(made, dist);
  }
  process.exitCode = status ?? 1;
} finally {
  rmSync(made, { recursive: true, force: true });
}
