import type { ErrorCode } from "../base/error-codes.ts";
import type { EgxError } from "../base/errors.ts";
import type { ProducerSummary } from "./options.ts";

/** Counts what a producer does. */
export class SummaryCounter {
  readonly #rejected = new Map<ErrorCode, number>();
  readonly #failedSymbols = new Map<string, EgxError>();
  #acknowledged = { bars: 0, rejects: 0 };
  read = 0;
  unchanged = 0;
  superseded = 0;
  unsent = 0;
  gaps = 0;

  reject(code: ErrorCode): void {
    this.#rejected.set(code, (this.#rejected.get(code) ?? 0) + 1);
  }

  symbolFailed(symbol: string, error: EgxError): void {
    this.#failedSymbols.set(symbol, error);
  }

  /** A symbol gave bars, so an earlier failure is over. */
  symbolGiven(symbol: string): void {
    if (this.#failedSymbols.size > 0) this.#failedSymbols.delete(symbol);
  }

  /** Sets what the log has acknowledged of what was pushed. */
  sent(pushed: number, acknowledged: { readonly bars: number; readonly rejects: number }): void {
    this.#acknowledged = { ...acknowledged };
    this.unsent = pushed - acknowledged.bars - acknowledged.rejects;
  }

  summary(seconds: number): ProducerSummary {
    const { bars, rejects } = this.#acknowledged;
    return {
      read: this.read,
      published: bars,
      unchanged: this.unchanged,
      superseded: this.superseded,
      unsent: this.unsent,
      rejected: new Map(this.#rejected),
      rejectedPublished: rejects,
      failedSymbols: new Map(this.#failedSymbols),
      gaps: this.gaps,
      recordsPerSecond: seconds > 0 ? (bars + rejects) / seconds : 0,
      seconds,
    };
  }
}
