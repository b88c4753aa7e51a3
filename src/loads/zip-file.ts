import { basename } from "node:path";
import { crc32 } from "node:zlib";
import { openPromise, type Entry, type ZipFile } from "yauzl";
import { EgxError, messageOf, systemCodeOf } from "../base/errors.ts";
import { z } from "../base/schema.ts";
import { shown } from "../feeds/recorded-header.ts";

/** A file inside an archive. */
export interface ZipEntry {
  /** As the archive has it, with its folders. */
  readonly name: string;
  /**
   * Its content, unpacked, from the start; may be asked for again.
   * @throws E_FILE_FORMAT when it is damaged.
   */
  bytes(): AsyncIterable<Buffer>;
}

export interface ZipArchive extends Disposable {
  /** The files, without folders, in the archive's order. */
  readonly entries: readonly ZipEntry[];
}

/** What an archive of bars does not have more of. */
const entriesMax = 10_000;
const unpackedBytesMax = 8 * 1024 * 1024 * 1024;
/** Tables shrink to a tenth; what shrinks so much more is made to fill a disk. */
const ratioMax = 200;
const ratioFromBytes = 1024 * 1024;

/**
 * Opens a zip archive. Nothing of it is written anywhere: its files are read as they are unpacked.
 * @throws E_FILE_MISSING; E_FILE_FORMAT for what is no whole archive, has a password, or would
 *   unpack to more than a set of bars has.
 */
export async function openZip(path: string): Promise<ZipArchive> {
  const file = basename(path);
  const zip = await openWhole(path, file);
  try {
    const entries: Entry[] = [];
    for await (const entry of zip.eachEntry()) {
      entries.push(entry);
      checkSizes(entries, file);
    }
    const files = entries.filter(({ fileName }) => !fileName.endsWith("/"));
    for (const entry of files) checkReadable(entry, file);
    return {
      entries: files.map((entry) => ({
        name: entry.fileName,
        bytes: () => contentOf(zip, entry, file),
      })),
      [Symbol.dispose]: () => zip.close(),
    };
  } catch (error) {
    zip.close();
    throw error instanceof EgxError ? error : damaged(noArchive(file), error);
  }
}

async function openWhole(path: string, file: string): Promise<ZipFile> {
  try {
    return await openPromise(path, { autoClose: false });
  } catch (error) {
    if (systemCodeOf(error) === undefined) throw damaged(noArchive(file), error);
    throw new EgxError("E_FILE_MISSING", `${path} cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** Sizes are the archive's own word, and files are not read beyond it. */
function checkSizes(entries: readonly Entry[], file: string): void {
  const last = entries.at(-1);
  const bytes = entries.reduce((sum, entry) => sum + entry.uncompressedSize, 0);
  const ratio = (last?.uncompressedSize ?? 0) / Math.max(1, last?.compressedSize ?? 1);
  const swells = ratio > ratioMax && (last?.uncompressedSize ?? 0) > ratioFromBytes;
  if (entries.length <= entriesMax && bytes <= unpackedBytesMax && !swells) return;
  throw new EgxError("E_FILE_FORMAT", `${file} would unpack to far more than a set of bars has`, {
    hint: "If it is what you want, unpack it yourself and import its files with egx import csv.",
  });
}

function checkReadable(entry: Entry, file: string): void {
  const name = shown(entry.fileName);
  if (entry.isEncrypted()) {
    throw new EgxError("E_FILE_FORMAT", `${name} in ${file} has a password`, {
      hint: "Unpack it, and import its files with egx import csv.",
    });
  }
  if (entry.canDecodeFileData()) return;
  throw new EgxError("E_FILE_FORMAT", `${name} in ${file} is packed in a way that is not known`, {
    hint: "Unpack it, and import its files with egx import csv.",
  });
}

async function* contentOf(zip: ZipFile, entry: Entry, file: string): AsyncGenerator<Buffer> {
  const what = `${shown(entry.fileName)} in ${file} is damaged`;
  let sum = 0;
  try {
    for await (const piece of await zip.openReadStreamPromise(entry)) {
      const chunk = z.instanceof(Buffer).parse(piece);
      sum = crc32(chunk, sum);
      yield chunk;
    }
  } catch (error) {
    throw damaged(what, error);
  }
  if (sum !== entry.crc32) throw damaged(what, undefined);
}

function noArchive(file: string): string {
  return `${file} is no whole zip archive`;
}

function damaged(what: string, cause: unknown): EgxError {
  const why = cause === undefined ? "its check sum differs" : messageOf(cause);
  return new EgxError("E_FILE_FORMAT", `${what}: ${why}`, {
    cause,
    hint: "Fetch it again; unzip -t checks it.",
  });
}
