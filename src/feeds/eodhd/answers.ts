import { EgxError } from "../../base/errors.ts";
import { z } from "../../base/schema.ts";
import type { Adjustment } from "../../market/bar.ts";
import { parseDateTime } from "../../market/date-time.ts";
import { isSymbol } from "../../market/symbol.ts";
import { beginningOf, jsonOf, misunderstood, type HttpAnswer } from "../http.ts";
import { scaled, sharesAfter, type ServiceRow, type Split } from "../service-rows.ts";

/** A day of EODHD's: prices as they were traded, and the close adjusted for everything. */
export interface EodRow extends ServiceRow {
  readonly adjustedClose: number | null;
}

const name = "EODHD";
const price = z.number().nullable();
const eodSchema = z.array(
  z.object({
    date: z.string(),
    open: price,
    high: price,
    low: price,
    close: price,
    adjusted_close: price.optional(),
    volume: price,
  }),
);
const intradaySchema = z.array(
  z.object({
    timestamp: z.number(),
    open: price,
    high: price,
    low: price,
    close: price,
    volume: price,
  }),
);
const splitsSchema = z.array(
  z.object({ date: z.string(), split: z.string().regex(/^\d+(?:\.\d+)?\/\d+(?:\.\d+)?$/) }),
);
const symbolsSchema = z.array(z.object({ Code: z.string() }));

/** @throws the errors of {@link contentOf}. */
export function parseEod(answer: HttpAnswer, of: string): readonly EodRow[] {
  return contentOf(answer, of, eodSchema).map((row) => ({
    at: dayOfText(row.date),
    open: row.open,
    high: row.high,
    low: row.low,
    close: row.close,
    volume: row.volume,
    adjustedClose: row.adjusted_close ?? null,
  }));
}

/** @throws the errors of {@link contentOf}. */
export function parseIntraday(answer: HttpAnswer, of: string): readonly ServiceRow[] {
  return contentOf(answer, of, intradaySchema).map((row) => ({
    at: row.timestamp * 1000,
    open: row.open,
    high: row.high,
    low: row.low,
    close: row.close,
    volume: row.volume,
  }));
}

/** @throws the errors of {@link contentOf}. */
export function parseSplits(answer: HttpAnswer, of: string): readonly Split[] {
  return contentOf(answer, of, splitsSchema).map(({ date, split }) => {
    const [shares = "1", before = "1"] = split.split("/");
    return { day: dayOfText(date), shares: Number(shares) / Number(before) };
  });
}

/** The exchange's tickers that can be ours. @throws the errors of {@link contentOf}. */
export function parseSymbols(answer: HttpAnswer): readonly string[] {
  const codes = contentOf(answer, "the list of symbols", symbolsSchema).map(({ Code }) => Code);
  return [...new Set(codes)].filter(isSymbol).toSorted();
}

/** The rows of days in one adjustment; volumes stay as EODHD gives them. */
export function dailyRows(
  rows: readonly EodRow[],
  adjusted: Adjustment,
  splits: readonly Split[],
): readonly ServiceRow[] {
  return rows.map(({ adjustedClose, ...row }) => {
    if (adjusted === "none") return row;
    if (adjusted === "splits") return scaled(row, 1 / sharesAfter(splits, row.at));
    const { close } = row;
    const unknown = close === null || close === 0 || adjustedClose === null;
    return scaled(row, unknown ? null : adjustedClose / close);
  });
}

/**
 * The content of an answer.
 * @throws E_FEED_TOKEN, E_FEED_NOT_ENTITLED, E_FEED_SYMBOL_UNKNOWN, E_FEED_REFUSED,
 *   E_FEED_PROTOCOL.
 */
function contentOf<T>(answer: HttpAnswer, of: string, schema: z.ZodType<T>): T {
  const { status, text } = answer;
  if (status !== 200) throw refusal(status, beginningOf(text), of);
  const parsed = schema.safeParse(jsonOf(answer, name));
  if (parsed.success) return parsed.data;
  throw misunderstood(`${name} of ${of}`, text);
}

function refusal(status: number, text: string, of: string): EgxError {
  const said = `${name} of ${of}: HTTP ${status}${text === "" ? "" : `, ${text}`}`;
  switch (status) {
    case 401:
      return new EgxError("E_FEED_TOKEN", said, { hint: "Check EODHD_API_TOKEN." });
    case 402:
    case 403:
      return new EgxError("E_FEED_NOT_ENTITLED", said, {
        hint: "The token's plan has not this, or its requests of today are used up.",
      });
    case 404:
      return new EgxError("E_FEED_SYMBOL_UNKNOWN", said);
    default:
      return new EgxError("E_FEED_REFUSED", said, { hint: "See docs/feeds/eodhd.md." });
  }
}

/** Days since 1970-01-01 of `2025-11-24`. @throws E_FEED_PROTOCOL for any other text. */
function dayOfText(text: string): number {
  const day = text.length === 10 ? parseDateTime(text)?.day : undefined;
  if (day !== undefined) return day;
  throw misunderstood(`a date of ${name}`, text);
}
