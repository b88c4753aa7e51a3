import { z } from "../../base/schema.ts";

/** What a symbol is, of the many fields that the feed gives. All of them may be missing. */
export interface SymbolInfo {
  readonly currency: string | null;
  /** `stock`, `index` … */
  readonly type: string | null;
  /** `ohlcv`, or `ohlc` and `c` for what has no volume. */
  readonly plots: string | null;
  readonly timezone: string | null;
}

/** New or changed bars of one series. */
export interface SeriesUpdate {
  readonly seriesId: string;
  /** The request that they answer; null when the feed does not say. */
  readonly turnaround: string | null;
  /** Each `[time, open, high, low, close, volume?]`, not checked yet. */
  readonly rows: readonly (readonly unknown[])[];
}

/** A message that concerns one session. */
export type SessionMessage = { readonly session: string } & (
  | { readonly kind: "symbol-resolved"; readonly symbolId: string; readonly info: SymbolInfo }
  | {
      readonly kind: "symbol-error";
      readonly symbolId: string;
      readonly reasons: readonly string[];
    }
  /** `timescale_update` and `du`, which mean the same: put in by time. */
  | { readonly kind: "bars"; readonly updates: readonly SeriesUpdate[] }
  | {
      readonly kind: "series-completed";
      readonly seriesId: string;
      readonly turnaround: string | null;
      /** `streaming`, `delayed_streaming_900`, `endofday`. */
      readonly updateMode: string;
      /** Whether there are no older bars at all. */
      readonly end: boolean;
    }
  | {
      readonly kind: "series-error";
      readonly seriesId: string;
      readonly turnaround: string | null;
      readonly reason: string;
    }
  | { readonly kind: "critical-error"; readonly reason: string; readonly info: string }
  | {
      readonly kind: "quote";
      /** Exactly as it was added. */
      readonly name: string;
      readonly status: string;
      /** Only what changed; null is "unknown". */
      readonly values: Readonly<Record<string, unknown>>;
    }
  | { readonly kind: "quote-completed"; readonly name: string }
);

export type FeedMessage =
  | SessionMessage
  | {
      readonly kind: "hello";
      /** The server's clock, epoch milliseconds; null when it does not say. */
      readonly serverMs: number | null;
      /** The host to go to instead. */
      readonly redirect: string | null;
    }
  | { readonly kind: "protocol-error"; readonly reason: string }
  | { readonly kind: "notify"; readonly reason: string }
  /** One of the many that are of no use here. */
  | { readonly kind: "other"; readonly name: string }
  /** A known name with parameters that are not understood. */
  | { readonly kind: "malformed"; readonly name: string };

export interface ReadMessage {
  readonly message: FeedMessage;
  /** When the server sent it, epoch milliseconds; null when it does not say. */
  readonly sentMs: number | null;
}

const id = z.string().max(1000);
const optionalText = z.string().nullish().catch(null);
/** Reasons are texts, or objects that hold one. */
const reason = z.union([
  z.string(),
  z.looseObject({ error: z.string() }).transform(({ error }) => error),
  z.unknown().transform((value) => JSON.stringify(value)),
]);
const time = z.number().positive().max(1e15).nullish().catch(null);

const envelope = z.looseObject({
  m: z.string(),
  p: z.array(z.unknown()).catch([]),
  t_ms: time,
});
const hello = z.looseObject({
  timestamp: time,
  timestampMs: time,
  redirect: optionalText,
});
const info = z
  .looseObject({
    currency_code: optionalText,
    type: optionalText,
    visible_plots_set: optionalText,
    timezone: optionalText,
  })
  .transform((fields): SymbolInfo => ({
    currency: fields.currency_code ?? null,
    type: fields.type ?? null,
    plots: fields.visible_plots_set ?? null,
    timezone: fields.timezone ?? null,
  }));
const row = z.looseObject({ v: z.array(z.unknown()) });
const series = z.looseObject({ s: z.array(z.unknown()), t: optionalText });

const parameters = {
  symbol_resolved: z.tuple([id, id, info], z.unknown()),
  symbol_error: z.tuple([id, id], reason),
  bars: z.tuple([id, z.record(z.string(), z.unknown())], z.unknown()),
  series_completed: z.tuple([id, id], z.unknown()),
  series_error: z.tuple([id, id, optionalText, reason], z.unknown()),
  critical_error: z.tuple([id], reason),
  protocol_error: z.tuple([reason], z.unknown()),
  notify_user: z.tuple(
    [z.union([z.looseObject({ reason }).transform((value) => value.reason), reason])],
    z.unknown(),
  ),
  qsd: z.tuple(
    [
      id,
      z.looseObject({
        n: id,
        s: z.string().catch("ok"),
        v: z.record(z.string(), z.unknown()).catch({}),
      }),
    ],
    z.unknown(),
  ),
  quote_completed: z.tuple([id, id], z.unknown()),
};
const completion = z.tuple([
  z.string().catch(""),
  optionalText,
  z.looseObject({ data_completed: optionalText }).nullish().catch(null),
]);

/** Reads a JSON object that the feed sent; never throws. */
export function readMessage(value: object): ReadMessage {
  const parsed = envelope.safeParse(value);
  if (!parsed.success) return { message: readHello(value), sentMs: null };
  const { m: name, p, t_ms } = parsed.data;
  return { message: readNamed(name, p) ?? { kind: "malformed", name }, sentMs: t_ms ?? null };
}

function readHello(value: object): FeedMessage {
  const parsed = hello.safeParse(value);
  if (!parsed.success || "m" in value) return { kind: "malformed", name: "" };
  const { timestamp, timestampMs, redirect } = parsed.data;
  const seconds = typeof timestamp === "number" ? timestamp * 1000 : null;
  return { kind: "hello", serverMs: timestampMs ?? seconds, redirect: redirect ?? null };
}

function readNamed(name: string, p: readonly unknown[]): FeedMessage | null {
  switch (name) {
    case "timescale_update":
    case "du":
      return readBars(p);
    case "series_completed":
      return readCompleted(p);
    case "symbol_resolved":
    case "symbol_error":
    case "series_error":
      return readAnswer(name, p);
    case "qsd":
    case "quote_completed":
      return readQuote(name, p);
    case "critical_error":
    case "protocol_error":
    case "notify_user":
      return readRefusal(name, p);
    default:
      return { kind: "other", name };
  }
}

function readBars(p: readonly unknown[]): FeedMessage | null {
  const parsed = parameters.bars.safeParse(p);
  if (!parsed.success) return null;
  const [session, all] = parsed.data;
  const updates: SeriesUpdate[] = [];
  for (const [seriesId, value] of Object.entries(all)) {
    // Studies come in the same place and have no `s`.
    const read = series.safeParse(value);
    if (!read.success) continue;
    const rows = read.data.s.flatMap((entry) => {
      const { data } = row.safeParse(entry);
      return data === undefined ? [] : [data.v];
    });
    updates.push({ seriesId, turnaround: read.data.t ?? null, rows });
  }
  return { kind: "bars", session, updates };
}

function readCompleted(p: readonly unknown[]): FeedMessage | null {
  const parsed = parameters.series_completed.safeParse(p);
  if (!parsed.success) return null;
  const [session, seriesId, ...rest] = parsed.data;
  const { data } = completion.safeParse([rest[0], rest[1], rest[2]]);
  return {
    kind: "series-completed",
    session,
    seriesId,
    updateMode: data?.[0] ?? "",
    turnaround: data?.[1] ?? null,
    end: data?.[2]?.data_completed === "end",
  };
}

function readAnswer(
  name: "symbol_resolved" | "symbol_error" | "series_error",
  p: readonly unknown[],
): FeedMessage | null {
  if (name === "symbol_resolved") {
    const { data } = parameters.symbol_resolved.safeParse(p);
    if (data === undefined) return null;
    return { kind: "symbol-resolved", session: data[0], symbolId: data[1], info: data[2] };
  }
  if (name === "symbol_error") {
    const { data } = parameters.symbol_error.safeParse(p);
    if (data === undefined) return null;
    const [session, symbolId, ...reasons] = data;
    return { kind: "symbol-error", session, symbolId, reasons };
  }
  const { data } = parameters.series_error.safeParse(p);
  if (data === undefined) return null;
  const [session, seriesId, turnaround, text] = data;
  return { kind: "series-error", session, seriesId, turnaround: turnaround ?? null, reason: text };
}

function readQuote(name: "qsd" | "quote_completed", p: readonly unknown[]): FeedMessage | null {
  if (name === "quote_completed") {
    const { data } = parameters.quote_completed.safeParse(p);
    return data === undefined ? null : { kind: "quote-completed", session: data[0], name: data[1] };
  }
  const { data } = parameters.qsd.safeParse(p);
  if (data === undefined) return null;
  const { n, s, v } = data[1];
  return { kind: "quote", session: data[0], name: n, status: s, values: v };
}

function readRefusal(
  name: "critical_error" | "protocol_error" | "notify_user",
  p: readonly unknown[],
): FeedMessage | null {
  if (name === "critical_error") {
    const { data } = parameters.critical_error.safeParse(p);
    if (data === undefined) return null;
    const [session, text = "", ...more] = data;
    return { kind: "critical-error", session, reason: text, info: more.join(", ") };
  }
  const schema = name === "notify_user" ? parameters.notify_user : parameters.protocol_error;
  const { data } = schema.safeParse(p);
  if (data === undefined) return null;
  return { kind: name === "notify_user" ? "notify" : "protocol-error", reason: data[0] };
}
