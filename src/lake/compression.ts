import { promisify } from "node:util";
import { constants, gunzip, gzip, zstdCompress, zstdDecompress } from "node:zlib";
import { EgxError, messageOf, systemCodeOf } from "../base/errors.ts";

const gzipAsync = promisify(gzip);
const gunzipAsync = promisify(gunzip);
const zstdCompressAsync = promisify(zstdCompress);
const zstdDecompressAsync = promisify(zstdDecompress);

/** How objects are compressed; "none" leaves them as they are. */
export type Compression = "none" | "gzip" | "zstd";

const suffixes: Readonly<Record<Compression, string>> = { none: "", gzip: ".gz", zstd: ".zst" };
/** Well beyond a whole flush (64 MiB), well below what a machine has. */
const decompressedBytesMax = 512 * 1024 * 1024;
const gzipOsOffset = 9;
const gzipOsUnknown = 255;

/** What a key ends in when its object is compressed so. */
export function compressionSuffix(compression: Compression): string {
  return suffixes[compression];
}

/** How the object of a key is compressed, by the key's ending. */
export function compressionOf(key: string): Compression {
  if (key.endsWith(suffixes.gzip)) return "gzip";
  return key.endsWith(suffixes.zstd) ? "zstd" : "none";
}

/**
 * Compresses; the same bytes give the same bytes at any time and on any system (with the same
 * release of zlib or zstd), since neither time nor system is written into them.
 */
export async function compress(bytes: Uint8Array, compression: Compression): Promise<Uint8Array> {
  if (compression === "none") return bytes;
  if (compression === "gzip") {
    const packed = await gzipAsync(bytes, { level: 6 });
    packed[gzipOsOffset] = gzipOsUnknown;
    return packed;
  }
  return zstdCompressAsync(bytes, {
    pledgedSrcSize: bytes.byteLength,
    params: {
      [constants.ZSTD_c_compressionLevel]: 3,
      [constants.ZSTD_c_checksumFlag]: 1,
    },
  });
}

/**
 * Undoes {@link compress} by the key's ending.
 * @throws E_LAKE_OBJECT_DAMAGED when the bytes are not what the ending says, are cut short, or
 *   would grow beyond `bytesMax` (default 512 MiB).
 */
export async function decompressByKey(
  key: string,
  bytes: Uint8Array,
  bytesMax: number = decompressedBytesMax,
): Promise<Uint8Array> {
  const compression = compressionOf(key);
  if (compression === "none") return bytes;
  const decompress = compression === "gzip" ? gunzipAsync : zstdDecompressAsync;
  try {
    return await decompress(bytes, { maxOutputLength: bytesMax });
  } catch (error) {
    const tooLarge = systemCodeOf(error) === "ERR_BUFFER_TOO_LARGE";
    const why = tooLarge ? `it would grow beyond ${bytesMax} bytes` : messageOf(error);
    throw new EgxError("E_LAKE_OBJECT_DAMAGED", `${key} cannot be decompressed: ${why}`, {
      cause: error,
      details: { key },
    });
  }
}
