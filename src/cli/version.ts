import { readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";

/** The version of this package, as package.json says it. */
export function packageVersion(): string {
  const path = findPackageJSON("..", import.meta.url);
  const manifest: unknown = path === undefined ? null : JSON.parse(readFileSync(path, "utf8"));
  if (typeof manifest !== "object" || manifest === null || !("version" in manifest))
    return "unknown";
  return String(manifest.version);
}
