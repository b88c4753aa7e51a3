import type { ErrorCodeEntry } from "./codes/entry.ts";
import { errorCodes, type ErrorCode } from "./error-codes.ts";

export interface EgxErrorOptions {
  readonly cause?: unknown;
  /** Facts for machines: key, topic, offset, symbol …, never a secret. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** Replaces the table's hint where more is known. */
  readonly hint?: string;
  /** Replaces the table's answer where more is known. */
  readonly retryable?: boolean;
  /** How long the other side asks to be left alone, in milliseconds; `retry` keeps to it. */
  readonly retryAfterMs?: number;
}

/** Any failure that an operator may meet. Decide by {@link EgxError.code}, never by the text. */
export class EgxError extends Error {
  override readonly name = "EgxError";
  readonly code: ErrorCode;
  readonly retryable: boolean;
  /** How long the other side asks to be left alone; 0 when it said nothing. */
  readonly retryAfterMs: number;
  readonly hint: string;
  readonly exitCode: number;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, text: string, options: EgxErrorOptions = {}) {
    super(text, options.cause === undefined ? undefined : { cause: options.cause });
    const entry: ErrorCodeEntry = errorCodes[code];
    this.code = code;
    this.retryable = options.retryable ?? entry.retryable;
    this.retryAfterMs = options.retryAfterMs ?? 0;
    this.hint = options.hint ?? entry.hint;
    this.exitCode = entry.exit;
    this.details = options.details ?? {};
  }
}

/** Whether `error` carries one of `codes`. */
export function hasCode(error: unknown, ...codes: readonly ErrorCode[]): error is EgxError {
  return error instanceof EgxError && codes.includes(error.code);
}

/** `error` itself when it is one of ours, else an E_INTERNAL that keeps it as its cause. */
export function toEgxError(error: unknown): EgxError {
  if (error instanceof EgxError) return error;
  return new EgxError("E_INTERNAL", messageOf(error), { cause: error });
}

/** The text of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `code` of a Node system error (`ENOENT`, `EADDRINUSE` …); undefined for any other, also ours. */
export function systemCodeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || error instanceof EgxError || !("code" in error)) {
    return undefined;
  }
  return typeof error.code === "string" ? error.code : undefined;
}

/** Throws E_INTERNAL when `condition` does not hold: a bug of ours, never of the input. */
export function invariant(condition: boolean, text: string): asserts condition {
  if (!condition) throw new EgxError("E_INTERNAL", text);
}
