import { EgxError, hasCode } from "../../base/errors.ts";
import type { ChartSession, Series, SeriesRequest } from "./chart-session.ts";
import type { Connection } from "./connection.ts";
import type { Slot, Slots } from "./slots.ts";

/** A lost connection is replaced this often for one request before the feed counts as down. */
const connectionsMax = 5;
/** A request that may succeed in a fresh session gets this many. */
const sessionsMax = 2;

/** What became of a request: bars, or why this symbol has none. */
export type Loaded =
  | { readonly ok: true; readonly series: Series; readonly serverMs: number }
  | { readonly ok: false; readonly error: EgxError };

/** What became of one attempt. */
type Tried =
  | (Loaded & { readonly isDamaged?: boolean })
  /** The connection is lost. */
  | { readonly ok: false; readonly error: EgxError; readonly isLost: true };

/**
 * Asks for the bars of one symbol, again where that may help: on a new connection when the one in
 * use is lost, in a fresh session when the session was at fault.
 * @throws what concerns the whole feed; the signal's reason when it aborts.
 */
export async function loadSeries(
  slots: Slots,
  request: SeriesRequest,
  signal: AbortSignal,
): Promise<Loaded> {
  let connections = 0;
  let sessions = 0;
  for (;;) {
    const tried = await slots.within(async (slot) => tryOnce(slot, request, signal), signal);
    if (tried.ok) {
      sessions += 1;
      if (tried.isDamaged !== true) return tried;
      // What has a hole is neither given nor taken for "no data".
      if (sessions >= sessionsMax) return damaged(request);
      continue;
    }
    const { error } = tried;
    if ("isLost" in tried) {
      connections += 1;
      const rests = hasCode(error, "E_FEED_BANNED");
      if (!error.retryable || rests || connections >= connectionsMax) throw error;
      continue;
    }
    sessions += 1;
    if (!error.retryable || sessions >= sessionsMax) return { ok: false, error };
  }
}

async function tryOnce(slot: Slot, request: SeriesRequest, signal: AbortSignal): Promise<Tried> {
  let session: ChartSession | null = null;
  try {
    session = await slot.session(signal);
    const current = session;
    const { connection } = session;
    await slot.link.turn(signal);
    const before = lostOn(connection);
    const series = await slot.link.during(async () => current.load(request, signal));
    const isDamaged = lostOn(connection) > before;
    if (isDamaged) slot.drop();
    return { ok: true, series, serverMs: connection.serverMs(), isDamaged };
  } catch (error) {
    if (session?.isUsable !== true || !isOfSymbol(error)) slot.drop();
    signal.throwIfAborted();
    if (!(error instanceof EgxError)) throw error;
    const isLost = session === null || session.connection.ended !== null;
    return isLost ? { ok: false, error, isLost } : { ok: false, error };
  }
}

/** Messages that came on a connection and could not be read. */
function lostOn({ counts }: Connection): number {
  return counts.framesLost + counts.malformed;
}

function damaged({ symbol }: SeriesRequest): Loaded {
  const text = `${symbol}: what the feed answers cannot be read`;
  return { ok: false, error: new EgxError("E_FEED_PROTOCOL", text) };
}

/** Whether a failure says something of the symbol, and nothing of the session. */
function isOfSymbol(error: unknown): boolean {
  return hasCode(error, "E_FEED_SYMBOL_UNKNOWN", "E_FEED_NOT_ENTITLED");
}
