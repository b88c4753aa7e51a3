import type { Clock } from "../base/clock.ts";
import { EgxError, messageOf } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import { retry, type RetryAttempt } from "../base/retry.ts";
import { Pace } from "./pace.ts";

export interface HttpOptions {
  /** Whose service it is, for people: `Yahoo`. */
  readonly name: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Between two requests, milliseconds. */
  readonly gapMs: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Are taken out of every answer: some services repeat what they were asked. */
  readonly secrets?: readonly string[];
  readonly onRetry?: (attempt: RetryAttempt) => void;
}

/** An answer that is no passing failure, whatever its status. */
export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
  /** Of a redirect, where to; else null. */
  readonly location: string | null;
}

const attemptsMax = 4;
const backOffMs = 1000;
const requestTimeoutMs = 30_000;
const answerBytesMax = 64 * 1024 * 1024;
/** Who asks for a longer rest than this ends the work. */
const restMsMax = 15 * 60_000;
const shownMax = 200;

/**
 * Asks a service over HTTP, one request after the other and not too fast. What may pass (no
 * network, a broken answer, HTTP 408, 429 and 5xx) is tried again, no sooner than the service's
 * Retry-After. Redirects are not followed. Addresses are named without their query in what is
 * thrown, so that no token shows.
 */
export class HttpClient {
  readonly #options: HttpOptions;
  readonly #pace: Pace;

  constructor(options: HttpOptions) {
    this.#options = options;
    this.#pace = new Pace(options.clock, options.gapMs);
  }

  /** @throws E_FEED_UNREACHABLE, E_FEED_BANNED, E_FEED_PROTOCOL; the signal's reason. */
  async get(url: URL, signal: AbortSignal): Promise<HttpAnswer> {
    const { clock, random, onRetry } = this.#options;
    return retry(
      async () => {
        await this.#pace.turn(signal);
        return this.#once(url, signal);
      },
      {
        clock,
        random,
        signal,
        attemptsMax,
        baseMs: backOffMs,
        ...(onRetry === undefined ? {} : { onRetry }),
      },
    );
  }

  async #once(url: URL, signal: AbortSignal): Promise<HttpAnswer> {
    const { name, headers = {}, secrets = [], clock } = this.#options;
    const timeout = AbortSignal.timeout(requestTimeoutMs);
    try {
      const response = await fetch(url, {
        headers,
        redirect: "manual",
        signal: AbortSignal.any([signal, timeout]),
      });
      const text = withoutSecrets(await bodyOf(response, name, answerBytesMax), secrets);
      const passing = passingFailure(response, { name, text, nowMs: clock.nowMs() });
      if (passing !== null) throw passing;
      return { status: response.status, text, location: response.headers.get("location") };
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof EgxError) throw error;
      throw unreachable(error, { name, url, timedOut: timeout.aborted });
    }
  }
}

/** The error of an answer that may be another one soon, or null. */
export function passingFailure(
  { status, headers }: Response,
  { name, text, nowMs }: { readonly name: string; readonly text: string; readonly nowMs: number },
): EgxError | null {
  const said = `${name} answers with HTTP ${status}${text === "" ? "" : `: ${beginningOf(text)}`}`;
  if (status === 429) {
    const retryAfterMs = retryAfterOf(headers.get("retry-after"), nowMs);
    if (retryAfterMs <= restMsMax) {
      return new EgxError("E_FEED_BANNED", said, {
        retryAfterMs,
        hint: "It is asked again later.",
      });
    }
    return new EgxError("E_FEED_BANNED", said, {
      retryable: false,
      hint: `${name} asks to be left alone for ${Math.ceil(retryAfterMs / 60_000)} minutes.`,
    });
  }
  return status >= 500 || status === 408 ? new EgxError("E_FEED_UNREACHABLE", said) : null;
}

/** The error of a request that came to no answer. */
export function unreachable(
  error: unknown,
  at: { readonly name: string; readonly url: URL; readonly timedOut: boolean },
): EgxError {
  const cause = error instanceof Error ? error.cause : undefined;
  const why = at.timedOut
    ? "no answer in time"
    : messageOf(cause instanceof Error && cause.message !== "" ? cause : error);
  return new EgxError("E_FEED_UNREACHABLE", `${at.name} (${at.url.host}): ${why}`, {
    cause: error,
  });
}

/** The value of an answer that should be JSON. @throws E_FEED_PROTOCOL, a web page for one. */
export function jsonOf({ status, text }: HttpAnswer, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const what = /^\s*</.test(text) ? "a web page" : `"${beginningOf(text)}"`;
    throw new EgxError("E_FEED_PROTOCOL", `${name} answers HTTP ${status} with ${what}, not JSON`, {
      cause: error,
      retryable: false,
      hint: "It may want a person to agree to something, or be out of order; try again later.",
    });
  }
}

/** The error of an answer that is of no form that is known. */
export function misunderstood(what: string, text: string): EgxError {
  return new EgxError("E_FEED_PROTOCOL", `${what} is not understood: ${beginningOf(text)}`, {
    retryable: false,
    hint: "The service may have changed; please report it with this text.",
  });
}

/** A text with `***` where it has a secret. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((plain, secret) => plain.replaceAll(secret, "***"), text);
}

/** How a text begins, on one line. */
export function beginningOf(text: string): string {
  return text.slice(0, shownMax).replaceAll(/\s+/g, " ").trim();
}

/** Milliseconds of a Retry-After in seconds or as a date; 0 when it says nothing. */
function retryAfterOf(value: string | null, nowMs: number): number {
  if (value === null) return 0;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - nowMs;
  return Number.isFinite(ms) ? Math.max(0, ms) : 0;
}

/** The text of an answer. @throws E_FEED_PROTOCOL for more than `bytesMax` bytes. */
export async function bodyOf(response: Response, name: string, bytesMax: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    const chunk: unknown = piece;
    if (!(chunk instanceof Uint8Array)) continue;
    bytes += chunk.length;
    if (bytes > bytesMax) {
      throw new EgxError("E_FEED_PROTOCOL", `the answer of ${name} does not end`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
