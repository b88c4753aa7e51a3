import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import process from "node:process";

/**
 * Writes files that are made from the source, by their paths under the repository's root. With
 * `--check` it writes none, names those that are not as they would be made, and fails.
 * @param remedy what to say of such a file: `is not as the source has it: npm run docs`.
 */
export function writeGenerated(files: Readonly<Record<string, string>>, remedy: string): void {
  const check = process.argv.includes("--check");
  for (const [path, text] of Object.entries(files)) {
    if (!check) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    } else if (read(path) !== text) {
      console.error(`${path} ${remedy}`);
      process.exitCode = 1;
    }
  }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
