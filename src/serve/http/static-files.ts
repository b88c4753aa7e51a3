import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { sha256Hex } from "../../base/bytes.ts";
import { systemCodeOf } from "../../base/errors.ts";
import { encodingOf, type Encoding } from "./answer-cache.ts";

/** A file of the dashboard, as it is sent. */
export interface StaticFile {
  readonly type: string;
  readonly etag: string;
  /** Whether its name changes with its content, so that it never needs to be asked for again. */
  readonly hashed: boolean;
  readonly variants: ReadonlyMap<Encoding, Uint8Array>;
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".txt": "text/plain; charset=utf-8",
};
const compressed: Readonly<Record<string, Encoding>> = { ".br": "br", ".gz": "gzip" };
/** As the bundler names files: `main-ZDBPZFA2.css`. */
const hashedPattern = /-[A-Za-z0-9]{8}\.[a-z0-9]+$/;
/** All of a dashboard fits well. */
const bytesMax = 64 * 1024 * 1024;

/**
 * The files of a folder by the path under which they are served, read into memory: no request
 * reaches the disk, so none can leave the folder. Empty when there is no such folder.
 */
export async function readStaticFiles(folder: string): Promise<ReadonlyMap<string, StaticFile>> {
  const found = new Map<string, Map<Encoding, Uint8Array>>();
  let bytes = 0;
  for (const name of await namesIn(folder)) {
    const encoding = compressed[path.extname(name)] ?? "identity";
    const plain = encoding === "identity" ? name : name.slice(0, -path.extname(name).length);
    if (types[path.extname(plain)] === undefined) continue;
    const content = await readFile(path.join(folder, name));
    bytes += content.length;
    if (bytes > bytesMax) break;
    const url = `/${plain.split(path.sep).join("/")}`;
    found.set(url, (found.get(url) ?? new Map<Encoding, Uint8Array>()).set(encoding, content));
  }
  const files = new Map<string, StaticFile>();
  for (const [url, variants] of found) {
    const file = fileOf(url, variants);
    if (file !== null) files.set(url, file);
  }
  return files;
}

/** The variant of a file for an Accept-Encoding header. */
export function variantFor(
  { variants }: StaticFile,
  accepted: string,
): { readonly bytes: Uint8Array; readonly encoding: Encoding } {
  const wanted = encodingOf(accepted);
  for (const encoding of [wanted, "gzip", "identity"] as const) {
    if (encoding === "gzip" && !/\bgzip\b|\*/.test(accepted)) continue;
    const bytes = variants.get(encoding);
    if (bytes !== undefined) return { bytes, encoding };
  }
  return { bytes: new Uint8Array(), encoding: "identity" };
}

function fileOf(url: string, variants: ReadonlyMap<Encoding, Uint8Array>): StaticFile | null {
  const plain = variants.get("identity");
  const type = types[path.extname(url)];
  if (plain === undefined || type === undefined) return null;
  const etag = `"${sha256Hex(plain).slice(0, 22)}"`;
  return { type, etag, hashed: hashedPattern.test(url), variants };
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    return files.map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return [];
    throw error;
  }
}
