import { EgxError } from "../../base/errors.ts";
import { z } from "../../base/schema.ts";
import type { Adjustment } from "../../market/bar.ts";
import { cairoDayOf } from "../../market/cairo-time.ts";
import { beginningOf, jsonOf, misunderstood, type HttpAnswer } from "../http.ts";
import { scaled, sharesAfter, type ServiceRow, type Split } from "../service-rows.ts";

/** What the chart of one symbol says. */
export interface Chart {
  readonly currency: string | null;
  /** `CAI` for the Egyptian Exchange. */
  readonly exchange: string | null;
  readonly rows: readonly ChartRow[];
  readonly splits: readonly Split[];
}

export interface ChartRow extends Omit<ServiceRow, "at"> {
  /** Epoch milliseconds. */
  readonly atMs: number;
  /** The close, adjusted for splits and dividends. */
  readonly adjustedClose: number | null;
}

const value = z.number().nullable();
const column = z.array(value).optional();
type Column = z.output<typeof column>;
const splitSchema = z.object({
  date: z.number(),
  numerator: z.number().positive(),
  denominator: z.number().positive(),
});
const resultSchema = z.object({
  meta: z.object({ currency: z.string().nullish(), exchangeName: z.string().nullish() }),
  timestamp: z.array(z.number()).optional(),
  indicators: z.object({
    quote: z.array(
      z.object({ open: column, high: column, low: column, close: column, volume: column }),
    ),
    adjclose: z.array(z.object({ adjclose: column })).optional(),
  }),
  events: z.object({ splits: z.record(z.string(), splitSchema).optional() }).optional(),
});
const chartSchema = z.object({
  chart: z.object({
    result: z.array(resultSchema).nullable(),
    error: z.object({ code: z.string(), description: z.string().nullish() }).nullable(),
  }),
});

const name = "Yahoo";
const hourMs = 3_600_000;

/**
 * Reads an answer of the chart.
 * @throws E_FEED_SYMBOL_UNKNOWN, E_FEED_NO_DATA, E_FEED_REFUSED with Yahoo's own words;
 *   E_FEED_PROTOCOL for what is no chart.
 */
export function parseChart(answer: HttpAnswer, symbol: string): Chart {
  const parsed = chartSchema.safeParse(contentOf(answer));
  if (!parsed.success) throw misunderstood(`${name}'s chart of ${symbol}`, answer.text);
  const { result, error } = parsed.data.chart;
  if (error !== null) throw refusal(error, symbol);
  const [first] = result ?? [];
  if (first === undefined) {
    throw new EgxError("E_FEED_NO_DATA", `${name} has no bars of ${symbol}`);
  }
  return {
    currency: first.meta.currency ?? null,
    exchange: first.meta.exchangeName ?? null,
    rows: rowsOf(first),
    splits: Object.values(first.events?.splits ?? {}).map((split) => ({
      day: dayOfStamp(split.date * 1000),
      shares: split.numerator / split.denominator,
    })),
  };
}

/** @throws E_FEED_PROTOCOL for a redirect, a refusal of everything, or what is not JSON. */
function contentOf(answer: HttpAnswer): unknown {
  const { status, location } = answer;
  if (status !== 401 && status !== 403 && location === null) return jsonOf(answer, name);
  const where = location === null ? "" : `, to ${URL.parse(location)?.host ?? ""}`;
  throw new EgxError("E_FEED_PROTOCOL", `${name} answers with HTTP ${status}${where}`, {
    retryable: false,
    hint: "It may bar this address, or want a person to agree to something.",
  });
}

/**
 * The Cairo date of a daily stamp, days since 1970-01-01. It is that of midnight in Cairo, or of
 * the last trade. In a year's other half of daylight saving it may be an hour off, to the day
 * before, so two hours are added: nothing trades that late.
 */
export function dayOfStamp(epochMs: number): number {
  return cairoDayOf(epochMs + 2 * hourMs);
}

/**
 * The rows of days in one adjustment. Yahoo gives prices and volumes adjusted for splits, and
 * beside them the close adjusted for dividends, too. Without adjustment they are what Yahoo's own
 * splits make of them when undone.
 */
export function dailyRows(
  { rows, splits }: Pick<Chart, "rows" | "splits">,
  adjusted: Adjustment,
): readonly ServiceRow[] {
  return rows.map((row) => {
    const at = dayOfStamp(row.atMs);
    const { open, high, low, close, volume } = row;
    const plain = { at, open, high, low, close, volume };
    if (adjusted === "splits") return plain;
    if (adjusted === "dividends") return scaled(plain, dividendFactor(row));
    const shares = sharesAfter(splits, at);
    const raw = scaled(plain, shares);
    return { ...raw, volume: volume === null ? null : Math.round(volume / shares) };
  });
}

/** The rows of bars shorter than a day. */
export function timedRows({ rows }: Pick<Chart, "rows">): readonly ServiceRow[] {
  return rows.map(({ atMs, open, high, low, close, volume }) => ({
    at: atMs,
    open,
    high,
    low,
    close,
    volume,
  }));
}

function dividendFactor({ close, adjustedClose }: ChartRow): number | null {
  return close === null || close === 0 || adjustedClose === null ? null : adjustedClose / close;
}

function rowsOf({ timestamp = [], indicators }: z.output<typeof resultSchema>): ChartRow[] {
  const [quote = {}] = indicators.quote;
  const [adjusted = {}] = indicators.adjclose ?? [];
  const at = (values: Column, place: number): number | null => values?.[place] ?? null;
  return timestamp.map((seconds, place) => ({
    atMs: seconds * 1000,
    open: at(quote.open, place),
    high: at(quote.high, place),
    low: at(quote.low, place),
    close: at(quote.close, place),
    volume: at(quote.volume, place),
    adjustedClose: at(adjusted.adjclose, place),
  }));
}

function refusal(
  {
    code,
    description,
  }: { readonly code: string; readonly description?: string | null | undefined },
  symbol: string,
): EgxError {
  const said = `${name} of ${symbol}: ${beginningOf(description ?? code)}`;
  if (code === "Not Found") return new EgxError("E_FEED_SYMBOL_UNKNOWN", said);
  const without = /data (?:doesn't exist|not available)/i.test(description ?? "");
  return new EgxError(without ? "E_FEED_NO_DATA" : "E_FEED_REFUSED", said, {
    hint: "Ask for other dates or another interval; see docs/feeds/yahoo.md.",
  });
}
