import { EgxError } from "../../base/errors.ts";

/**
 * The feed's refusals as errors. Its reasons are words on the wire; they are read here and
 * nowhere else, and kept in the text. Of the errors that concern one symbol, those that are
 * retryable are worth one more try in a fresh session.
 */

/** What a `symbol_error` says of a symbol. */
export function symbolRefusal(symbol: string, reasons: readonly string[]): EgxError {
  const [reason = ""] = reasons;
  const text = `${symbol}: ${reasons.join(", ")}`;
  if (reason === "invalid symbol") return new EgxError("E_FEED_SYMBOL_UNKNOWN", text);
  if (reason.startsWith("permission")) return new EgxError("E_FEED_NOT_ENTITLED", text);
  return new EgxError("E_FEED_REFUSED", text);
}

/** What a `series_error` says of a request for bars. */
export function seriesRefusal(symbol: string, reason: string): EgxError {
  const text = `${symbol}: ${reason}`;
  if (/not_entitled|^study_not_auth|^custom_resolution/.test(reason)) {
    return new EgxError("E_FEED_NOT_ENTITLED", text);
  }
  // Seen for symbols that exist, when the server behind the feed had lost them for a moment.
  return new EgxError("E_FEED_REFUSED", text, { retryable: reason === "resolve error" });
}

/** What a `critical_error` says; it ends the session and no more. */
export function sessionRefusal(reason: string, info: string): EgxError {
  const text = info === "" ? reason : `${reason} (${info})`;
  return new EgxError("E_FEED_REFUSED", text, {
    retryable: isSessionsSpent(reason) || reason.startsWith("exceed limit"),
  });
}

/** Whether a `critical_error` says that the connection has had as many sessions as it may. */
export function isSessionsSpent(reason: string): boolean {
  return reason.startsWith("max sessions");
}

/** What a `protocol_error` says; it ends the connection. */
export function connectionRefusal(reason: string): EgxError {
  if (reason === "bad auth token") return new EgxError("E_FEED_TOKEN", reason);
  if (reason.startsWith("banned") || isConnectionsLimit(reason)) {
    return new EgxError("E_FEED_BANNED", reason);
  }
  return new EgxError("E_FEED_PROTOCOL", `the feed ends the connection: ${reason}`);
}

/** Whether a reason says that there are more connections than there may be. */
export function isConnectionsLimit(reason: string): boolean {
  return reason.includes("connections limit");
}

/** What another status than 101 says to who opens a connection. */
export function handshakeRefusal(status: number): EgxError {
  const text = `the feed answers the handshake with HTTP ${status}`;
  if (status === 429 || status === 403) return new EgxError("E_FEED_BANNED", text);
  if (status >= 500 || status === 408) return new EgxError("E_FEED_UNREACHABLE", text);
  return new EgxError("E_FEED_REFUSED", text, {
    hint: "Check EGX_TRADINGVIEW_URL; the feed also refuses who comes without an Origin.",
  });
}
