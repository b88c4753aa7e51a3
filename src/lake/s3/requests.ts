import { addAbortSignal, type Readable } from "node:stream";
import type { Clock } from "../../base/clock.ts";
import { EgxError, hasCode } from "../../base/errors.ts";
import { AdaptiveLimit, type Pressure } from "./adaptive-limit.ts";
import { withDeadline } from "./deadline.ts";
import { s3Error } from "./s3-error.ts";
import type { GetAnswer } from "./sdk.ts";

export interface RequestLimits {
  /** How long an answer to a request without bytes may take. */
  readonly answerMs: number;
  /** What each byte that is carried adds to it. */
  readonly answerMsPerByte: number;
  /** No request may last longer. */
  readonly answerMsMax: number;
  /** A request of up to `smallBytes` that takes longer than this shows a store that is behind. */
  readonly slowMs: number;
  readonly smallBytes: number;
}

export const defaultRequestLimits: RequestLimits = {
  answerMs: 20_000,
  answerMsPerByte: 1,
  answerMsMax: 300_000,
  slowMs: 2_000,
  smallBytes: 1024 * 1024,
};

export interface RequestsOptions {
  readonly clock: Clock;
  readonly concurrency: number;
  readonly limits: RequestLimits;
}

export interface RequestFacts {
  /** The key or bucket that it is about. */
  readonly what: string;
  /** Bytes that it carries, as far as they are known. */
  readonly bytes: number;
}

export interface FetchedBody {
  readonly body: Uint8Array;
  readonly etag: string;
}

/** Sends requests within a limit that adapts to the store, each with a deadline and once. */
export class Requests {
  readonly #clock: Clock;
  readonly #limits: RequestLimits;
  readonly #limit: AdaptiveLimit;

  constructor({ clock, concurrency, limits }: RequestsOptions) {
    this.#clock = clock;
    this.#limits = limits;
    this.#limit = new AdaptiveLimit({ clock, max: concurrency });
  }

  /** How many requests may be under way now. */
  get current(): number {
    return this.#limit.current;
  }

  /** @throws EgxError of the lake, or what `send` threw that was no failure of the request. */
  async send<T>(
    { what, bytes }: RequestFacts,
    send: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    return this.#limit.run(
      async () => this.#once(what, bytes, send),
      (elapsedMs, error) => this.#pressure(elapsedMs, bytes, error),
    );
  }

  /**
   * Like {@link send}, for an answer whose bytes follow: they must be as many as were announced.
   * @returns null when `ask` found nothing.
   */
  async fetch(
    what: string,
    ask: (signal: AbortSignal) => Promise<GetAnswer | null>,
  ): Promise<FetchedBody | null> {
    return this.#limit.run(
      async () => {
        const answer = await this.#once(what, 0, ask);
        if (answer === null) return null;
        try {
          const { body, bytes, etag } = answer;
          const whole = this.#once(what, bytes ?? Number.MAX_SAFE_INTEGER, async (signal) => {
            addAbortSignal(signal, body);
            return bytes === null ? allBytesOf(body) : bytesOf(body, bytes);
          });
          return { body: await whole, etag };
        } finally {
          answer.body.destroy();
        }
      },
      // How long it takes says nothing: the size was not known before.
      (_elapsedMs, error) => this.#pressure(0, 0, error),
    );
  }

  async #once<T>(
    what: string,
    bytes: number,
    send: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    try {
      return await withDeadline(this.#clock, this.#deadlineMs(bytes), send);
    } catch (error) {
      throw s3Error(error, what);
    }
  }

  #deadlineMs(bytes: number): number {
    const { answerMs, answerMsPerByte, answerMsMax } = this.#limits;
    return Math.min(answerMs + Math.ceil(bytes * answerMsPerByte), answerMsMax);
  }

  #pressure(elapsedMs: number, bytes: number, error: unknown): Pressure {
    if (hasCode(error, "E_LAKE_THROTTLED")) return "refused";
    const tooSlow = elapsedMs > this.#limits.slowMs && bytes <= this.#limits.smallBytes;
    return tooSlow ? "slow" : "fine";
  }
}

async function bytesOf(body: Readable, announced: number): Promise<Uint8Array> {
  const whole = new Uint8Array(announced);
  let filled = 0;
  for await (const chunk of body) {
    const bytes = checkBytes(chunk);
    if (filled + bytes.byteLength > announced) throw wrongLength("more", announced);
    whole.set(bytes, filled);
    filled += bytes.byteLength;
  }
  if (filled < announced) throw wrongLength("fewer", announced);
  return whole;
}

async function allBytesOf(body: Readable): Promise<Uint8Array> {
  return Buffer.concat(await Array.fromAsync(body, checkBytes));
}

function checkBytes(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  throw new TypeError("a body that is not of bytes");
}

function wrongLength(how: "more" | "fewer", announced: number): EgxError {
  return new EgxError("E_LAKE_UNREACHABLE", `an answer of ${how} than its ${announced} bytes`);
}
