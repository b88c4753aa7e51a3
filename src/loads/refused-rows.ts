import { textOf, utf8 } from "../base/bytes.ts";
import type { ErrorCode } from "../base/error-codes.ts";
import { EgxError } from "../base/errors.ts";
import type { FeedEvent } from "../feeds/feed.ts";
import type { ContradictedRow } from "./load-rows.ts";

/** The lines of refused rows are held in memory, so a file of the wrong form ends here. */
export const refusedBytesMax = 64 * 1024 * 1024;

/** The rows that a load refuses, as one line of JSON each. */
export class RefusedRows {
  readonly #lines: string[] = [];
  readonly #codes = new Map<string, number>();
  #bytes = 0;
  #first: { readonly code: ErrorCode; readonly reason: string } | null = null;

  get count(): number {
    return this.#lines.length;
  }

  /** Rows by code. */
  get codes(): ReadonlyMap<string, number> {
    return this.#codes;
  }

  /** Why the first row was refused; null while there is none. */
  get first(): { readonly code: ErrorCode; readonly reason: string } | null {
    return this.#first;
  }

  /** @throws E_FILE_FORMAT when more rows are refused than a file of bars could hold. */
  add({ error, message }: Extract<FeedEvent, { readonly kind: "rejected" }>): void {
    this.#push(error.code, error.message, textOf(message));
  }

  /** A row that a later row for the same bar speaks against. */
  addContradicted(row: ContradictedRow): void {
    const { line, symbol, datetime, values, counts } = row;
    const reason = `a later row for ${symbol} at ${datetime} says ${counts}`;
    this.#push("E_BAR_REPEATED", reason, JSON.stringify({ symbol, datetime, values, line }));
  }

  /** The object's bytes: `code`, `reason`, and the row as it would have been on the wire. */
  encode(): Uint8Array {
    return utf8(this.#lines.join(""));
  }

  #push(code: ErrorCode, reason: string, message: string): void {
    this.#first ??= { code, reason };
    const line = `{"code":"${code}","reason":${JSON.stringify(reason)},"message":${message}}\n`;
    this.#bytes += line.length;
    if (this.#bytes > refusedBytesMax) {
      throw new EgxError(
        "E_FILE_FORMAT",
        `${this.count} rows are no bars; the first: ${this.#first.reason}`,
        { hint: "Check which column is which (--map), the order of dates and the interval." },
      );
    }
    this.#lines.push(line);
    this.#codes.set(code, (this.#codes.get(code) ?? 0) + 1);
  }
}
