import { open, type FileHandle } from "node:fs/promises";
import type { Clock } from "../../base/clock.ts";
import { EgxError, systemCodeOf } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import { retry, type RetryAttempt } from "../../base/retry.ts";
import { passingFailure, unreachable } from "../http.ts";

export interface DownloadOptions {
  /** Where it is asked for; it may redirect to a store. */
  readonly url: URL;
  readonly file: string;
  /** The header for `url` itself, never for where it redirects to; null for none. */
  readonly authorization: string | null;
  /** The error of an answer that is final. */
  readonly refusal: (status: number, text: string) => EgxError;
  readonly clock: Clock;
  readonly random: Random;
  readonly onProgress?: (bytes: number, total: number | null) => void;
  readonly onRetry?: (attempt: RetryAttempt) => void;
}

/** Sets of bars have some hundred megabytes at the most. */
export const downloadBytesMax = 2 * 1024 * 1024 * 1024;

const name = "Kaggle";
const attemptsMax = 8;
const redirectsMax = 5;
/** Without a byte for this long, the connection is given up. */
const silenceMsMax = 60_000;
const refusalBytesMax = 64 * 1024;

/**
 * Fetches a file over HTTP. When the connection breaks it goes on where it was, with a Range, as
 * long as the store still has the same file; else from the start.
 */
export class Download {
  readonly #options: DownloadOptions;
  /** Bytes that the file holds. */
  #bytes = 0;
  #etag: string | null = null;

  constructor(options: DownloadOptions) {
    this.#options = options;
  }

  /** @throws the options' refusal, E_FEED_UNREACHABLE, E_FEED_BANNED, E_FILE_FORMAT. */
  async run(signal: AbortSignal): Promise<void> {
    const { file, clock, random, onRetry } = this.#options;
    await using handle = await open(file, "w");
    await retry(() => this.#attempt(handle, signal), {
      clock,
      random,
      signal,
      attemptsMax,
      baseMs: 1000,
      ...(onRetry === undefined ? {} : { onRetry }),
    });
  }

  async #attempt(handle: FileHandle, signal: AbortSignal): Promise<void> {
    const silence = new AbortController();
    const both = AbortSignal.any([signal, silence.signal]);
    let timer = this.#guard(silence, signal);
    const { url } = this.#options;
    try {
      const response = await this.#ask(both);
      const total = await this.#begin(handle, response);
      for await (const piece of response.body ?? []) {
        timer.stop();
        timer = this.#guard(silence, signal);
        const chunk: unknown = piece;
        if (chunk instanceof Uint8Array) await this.#write(handle, chunk, total);
      }
      if (total !== null && this.#bytes < total) {
        const of = `${this.#bytes} of ${total} bytes`;
        throw new EgxError("E_FEED_UNREACHABLE", `${name} ended its answer after ${of}`);
      }
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof EgxError || systemCodeOf(error) === "ENOSPC") throw error;
      throw unreachable(error, { name, url, timedOut: silence.signal.aborted });
    } finally {
      timer.stop();
    }
  }

  /** Aborts `silence` unless it is stopped in time. */
  #guard(silence: AbortController, signal: AbortSignal): { readonly stop: () => void } {
    const stopped = new AbortController();
    const ends = AbortSignal.any([signal, stopped.signal]);
    this.#options.clock.sleep(silenceMsMax, ends).then(
      () => silence.abort(),
      () => undefined,
    );
    return { stop: () => stopped.abort() };
  }

  /** The answer with the file. Redirects are followed as nobody. */
  async #ask(signal: AbortSignal): Promise<Response> {
    const { authorization, refusal, clock } = this.#options;
    let { url } = this.#options;
    let headers = authorization === null ? {} : { authorization };
    for (let hop = 0; hop <= redirectsMax; hop += 1) {
      const range = this.#range();
      const response = await fetch(url, {
        headers: { ...headers, ...range, "accept-encoding": "identity" },
        redirect: "manual",
        signal,
      });
      const location = response.headers.get("location");
      if (response.status < 300 || response.status === 416) return response;
      if (response.status < 400 && location !== null) {
        await response.body?.cancel();
        url = nextUrl(location, url);
        headers = {};
        continue;
      }
      const text = await beginning(response);
      throw (
        passingFailure(response, { name, text: "", nowMs: clock.nowMs() }) ??
        refusal(response.status, text)
      );
    }
    throw new EgxError("E_FEED_PROTOCOL", `${name} redirects without end`, { retryable: false });
  }

  #range(): Readonly<Record<string, string>> {
    if (this.#bytes === 0 || this.#etag === null) return {};
    return { range: `bytes=${this.#bytes}-`, "if-range": this.#etag };
  }

  /** Sees whether the answer goes on where we are; gives the size of the whole file. */
  async #begin(handle: FileHandle, response: Response): Promise<number | null> {
    const { headers, status } = response;
    if (headers.get("content-type")?.startsWith("text/html") === true) {
      await response.body?.cancel();
      throw this.#options.refusal(status, "<html>");
    }
    const part = partOf(response, this.#bytes);
    if (part !== "rest") {
      await handle.truncate(0);
      this.#bytes = 0;
    }
    this.#etag = part === "other" ? null : headers.get("etag");
    if (part === "other") {
      await response.body?.cancel();
      throw new EgxError("E_FEED_UNREACHABLE", `${name} gave another part than was asked for`);
    }
    const length = headers.get("content-length");
    const total = length === null ? null : this.#bytes + Number(length);
    if (total !== null && total > downloadBytesMax) throw tooLarge(total);
    return total;
  }

  async #write(handle: FileHandle, chunk: Uint8Array, total: number | null): Promise<void> {
    if (this.#bytes + chunk.length > downloadBytesMax) throw tooLarge(null);
    await handle.write(chunk, 0, chunk.length, this.#bytes);
    this.#bytes += chunk.length;
    this.#options.onProgress?.(this.#bytes, total);
  }
}

/** Whether an answer is the whole file, the rest behind `bytes`, or neither. */
function partOf({ status, headers }: Response, bytes: number): "whole" | "rest" | "other" {
  if (status !== 206) return status === 416 ? "other" : "whole";
  const [, from] = /^bytes (\d+)-/.exec(headers.get("content-range") ?? "") ?? [];
  return Number(from) === bytes ? "rest" : "other";
}

/** @throws E_FEED_PROTOCOL when it leads from a safe address to one that is not. */
function nextUrl(location: string, from: URL): URL {
  const next = URL.parse(location, from);
  const known = next !== null && (next.protocol === "https:" || next.protocol === from.protocol);
  if (known) return next;
  throw new EgxError("E_FEED_PROTOCOL", `${name} redirects to ${next?.protocol ?? "no address"}`, {
    retryable: false,
  });
}

function tooLarge(total: number | null): EgxError {
  const size = total === null ? "more than" : `${total} bytes, of`;
  return new EgxError(
    "E_FILE_FORMAT",
    `${name}'s file has ${size} ${downloadBytesMax} bytes that are taken at the most`,
    { hint: "Fetch it yourself, and import its files one by one." },
  );
}

async function beginning(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    const chunk: unknown = piece;
    if (!(chunk instanceof Uint8Array)) continue;
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > refusalBytesMax) break;
  }
  return Buffer.concat(chunks).toString();
}
