import { orAborted } from "../../base/abort.ts";
import type { Clock } from "../../base/clock.ts";
import type { EgxError } from "../../base/errors.ts";
import type { Connection, SessionHandler } from "./connection.ts";
import { sessionRefusal } from "./errors.ts";
import type { TradingviewLimits } from "./limits.ts";
import type { SessionMessage } from "./messages.ts";

/** What the feed says of a symbol now. */
export interface Quote {
  readonly status: "ok" | "unknown" | "not-entitled";
  /** By the feed's names; null for "unknown". */
  readonly values: Readonly<Record<string, unknown>>;
}

export interface QuoteRequest {
  /** As the feed knows them, `EGX:COMI`. */
  readonly names: readonly string[];
  /** Fields by the feed's names, `lp`, `current_session` … */
  readonly fields: readonly string[];
}

interface QuoteParts {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly limits: TradingviewLimits;
}

/**
 * One look at the quotes of symbols, by name; symbols that the feed did not speak of in time are
 * left out.
 * @throws E_FEED_REFUSED; why the connection is no more; the signal's reason when it aborts.
 */
export async function readQuotes(
  { connection, clock, limits }: QuoteParts,
  { names, fields }: QuoteRequest,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Quote>> {
  const pending = new PendingQuotes(names);
  const id = connection.session("qs", pending);
  const late = new AbortController();
  const timeout = clock.sleep(limits.requestTimeoutMs, AbortSignal.any([signal, late.signal]));
  try {
    connection.send("quote_create_session", [id]);
    connection.send("quote_set_fields", [id, ...fields]);
    connection.send("quote_add_symbols", [id, ...names]);
    await orAborted(Promise.race([pending.done, timeout]), signal);
    return pending.quotes;
  } finally {
    late.abort();
    connection.drop(id);
    connection.send("quote_delete_session", [id]);
  }
}

class PendingQuotes implements SessionHandler {
  readonly quotes = new Map<string, Quote>();
  readonly #open: Set<string>;
  readonly #done = Promise.withResolvers<void>();

  constructor(names: readonly string[]) {
    this.#open = new Set(names);
    if (names.length === 0) this.#done.resolve();
  }

  get done(): Promise<void> {
    return this.#done.promise;
  }

  onMessage(message: SessionMessage): void {
    if (message.kind === "critical-error") {
      this.onEnd(sessionRefusal(message.reason, message.info));
    } else if (message.kind === "quote") {
      const values = { ...this.quotes.get(message.name)?.values, ...cleaned(message.values) };
      this.quotes.set(message.name, { status: statusOf(message.status), values });
      if (message.status !== "ok") this.#close(message.name);
    } else if (message.kind === "quote-completed") this.#close(message.name);
  }

  onEnd(cause: EgxError): void {
    this.#done.promise.catch(() => undefined);
    this.#done.reject(cause);
  }

  #close(name: string): void {
    this.#open.delete(name);
    if (this.#open.size === 0) this.#done.resolve();
  }
}

function statusOf(status: string): Quote["status"] {
  if (status === "permission_denied") return "not-entitled";
  return status === "ok" ? "ok" : "unknown";
}

/** Values, with null where the feed wrote 1e+100 for "none". */
function cleaned(values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, value === 1e100 ? null : value]),
  );
}
