import { open } from "node:fs/promises";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { EgxError, messageOf, systemCodeOf } from "../base/errors.ts";

/** A line of more bytes than this is no bar; its text is not kept. */
export const lineBytesMax = 64 * 1024;

/** What {@link readLines} finds, in the file's order. */
export type LineEvent =
  /** Lines that are not blank, and the number of each in the file. */
  | {
      readonly kind: "lines";
      readonly lines: readonly string[];
      readonly numbers: readonly number[];
    }
  /** A line of more than {@link lineBytesMax}: its number, its size, and how it begins. */
  | {
      readonly kind: "oversized";
      readonly number: number;
      readonly bytes: number;
      readonly head: string;
    };

const chunkBytes = 256 * 1024;
const headBytes = 120;
const newline = 10;
const carriageReturn = 13;

/**
 * Reads a text file, gzipped or not (its first bytes tell, not its name), a block at a time.
 * Lines count from 1 and end at LF or CRLF; a byte order mark is dropped; what is not UTF-8
 * becomes U+FFFD. Memory is bounded whatever the file holds. Ends early when `signal` aborts.
 * @throws E_FILE_MISSING when it cannot be read, E_FILE_FORMAT when its gzip is damaged.
 */
export async function* readLines(path: string, signal: AbortSignal): AsyncGenerator<LineEvent> {
  yield* linesOf(readBytes(path), signal);
}

/** The lines of a text's bytes, as {@link readLines} gives them. */
export async function* linesOf(
  bytes: AsyncIterable<Buffer>,
  signal: AbortSignal,
): AsyncGenerator<LineEvent> {
  const splitter = new LineSplitter();
  for await (const chunk of bytes) {
    if (signal.aborted) return;
    yield* splitter.push(chunk);
  }
  yield* splitter.end();
}

/**
 * The bytes of a file, unpacked when it is gzipped (its first bytes tell, not its name).
 * @throws E_FILE_MISSING when it cannot be read, E_FILE_FORMAT when its gzip is damaged.
 */
export async function* readBytes(path: string): AsyncGenerator<Buffer> {
  try {
    yield* await openBytes(path);
  } catch (error) {
    throw fileError(error, path);
  }
}

async function openBytes(path: string): Promise<AsyncIterable<Buffer>> {
  const handle = await open(path);
  const start = Buffer.alloc(2);
  try {
    await handle.read(start, 0, 2, 0);
  } catch (error) {
    await handle.close();
    throw error;
  }
  const stream = handle.createReadStream({ start: 0, highWaterMark: chunkBytes });
  if (start[0] !== 0x1f || start[1] !== 0x8b) return stream;
  // The iteration of the last stream throws what went wrong in either.
  return pipeline(stream, createGunzip({ chunkSize: chunkBytes }), () => undefined);
}

function fileError(error: unknown, path: string): EgxError {
  if (error instanceof EgxError) return error;
  const code = systemCodeOf(error);
  if (code?.startsWith("Z_") === true) {
    return new EgxError("E_FILE_FORMAT", `${path} is damaged: ${messageOf(error)}`, {
      cause: error,
      hint: "Fetch the file again; gunzip -t checks it.",
    });
  }
  const reason = code === "ENOENT" ? "does not exist" : `cannot be read: ${messageOf(error)}`;
  return new EgxError("E_FILE_MISSING", `${path} ${reason}`, { cause: error });
}

/** Cuts chunks into lines; keeps at most {@link lineBytesMax} and one chunk. */
class LineSplitter {
  /** The beginning of a line whose end has not come; within the limit. */
  #rest = Buffer.alloc(0);
  /** The beginning and the size so far of a line beyond the limit whose end has not come. */
  #oversized: { readonly head: Buffer; bytes: number } | null = null;
  #number = 1;

  *push(chunk: Buffer): Generator<LineEvent> {
    let bytes = chunk;
    if (this.#oversized !== null) {
      const end = bytes.indexOf(newline);
      this.#oversized.bytes += end === -1 ? bytes.length : end;
      if (end === -1) return;
      yield this.#endOversized();
      bytes = bytes.subarray(end + 1);
    }
    if (this.#rest.length > 0) bytes = Buffer.concat([this.#rest, bytes]);
    const last = bytes.lastIndexOf(newline);
    if (last !== -1) yield* this.#split(bytes.subarray(0, last));
    // Copied, so that a short rest does not hold on to its chunk.
    this.#rest = Buffer.from(bytes.subarray(last + 1));
    if (this.#rest.length > lineBytesMax) {
      this.#oversized = { head: this.#rest.subarray(0, headBytes), bytes: this.#rest.length };
      this.#rest = Buffer.alloc(0);
    }
  }

  *end(): Generator<LineEvent> {
    if (this.#oversized !== null) yield this.#endOversized();
    if (this.#rest.length > 0) yield* this.#split(this.#rest);
  }

  *#split(bytes: Buffer): Generator<LineEvent> {
    let lines: string[] = [];
    let numbers: number[] = [];
    const texts = bytes.toString("utf8").split("\n");
    for (const text of texts) {
      const number = this.#number;
      this.#number += 1;
      if (text.length * 3 > lineBytesMax && Buffer.byteLength(text) > lineBytesMax) {
        if (lines.length > 0) yield { kind: "lines", lines, numbers };
        [lines, numbers] = [[], []];
        yield oversized(number, Buffer.byteLength(text), text.slice(0, headBytes));
        continue;
      }
      const line = plainLine(text, number);
      if (line.trim() === "") continue;
      lines.push(line);
      numbers.push(number);
    }
    if (lines.length > 0) yield { kind: "lines", lines, numbers };
  }

  #endOversized(): LineEvent {
    const { head, bytes } = this.#oversized ?? { head: Buffer.alloc(0), bytes: 0 };
    this.#oversized = null;
    const number = this.#number;
    this.#number += 1;
    return oversized(number, bytes, head.toString("utf8"));
  }
}

function oversized(number: number, bytes: number, head: string): LineEvent {
  return { kind: "oversized", number, bytes, head };
}

/** A line without its CR and, if it is the first, without the byte order mark. */
function plainLine(text: string, number: number): string {
  const line = text.charCodeAt(text.length - 1) === carriageReturn ? text.slice(0, -1) : text;
  return number === 1 && line.startsWith("\uFEFF") ? line.slice(1) : line;
}
