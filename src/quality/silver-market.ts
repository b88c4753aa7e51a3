import { z } from "../base/schema.ts";
import type { Calendar } from "../market/calendar.ts";
import { dateText, msPerDay } from "../market/cairo-time.ts";
import type { Interval } from "../market/interval.ts";
import type { Query } from "../silver/query.ts";
import { type MarketFacts, marketFacts } from "./market-days.ts";
import type { SilverBar, SilverSeries } from "./silver-bar.ts";

const seenRow = z.tuple([z.string(), z.string(), z.string(), z.string()]);
const presentRow = z.tuple([z.string(), z.number()]);
const timeRow = z.tuple([z.number()]);
const price = z.number().nullable();
const barRow = z.tuple([
  z.string(),
  z.string(),
  z.number(),
  price,
  price,
  price,
  z.number(),
  price,
  z.boolean(),
  z.number(),
  z.number(),
  z.string().nullable(),
  z.number().nullable(),
  z.number().nullable(),
  z.string(),
]);

/** What all symbols of an interval did, by silver's `bars`. */
export async function readMarketFacts(
  query: Query,
  calendar: Calendar,
  interval: Interval,
): Promise<MarketFacts> {
  const bars = `bars WHERE "interval" = '${interval.name}'`;
  const seen = await rowsOf(
    query,
    `SELECT exchange, symbol, min(date), max(date) FROM ${bars} GROUP BY ALL`,
    seenRow,
  );
  const present = await rowsOf(
    query,
    `SELECT date, count(DISTINCT (exchange, symbol)) FROM ${bars} GROUP BY ALL`,
    presentRow,
  );
  const times = interval.intraday
    ? await rowsOf(query, `SELECT DISTINCT epoch_ms(datetime) t FROM ${bars} ORDER BY t`, timeRow)
    : [];
  return marketFacts(calendar, interval, {
    times: times.map(([startMs]) => startMs),
    seen: seen.map(([exchange, symbol, first, last]) => ({
      exchange,
      symbol,
      first: dayOfText(first),
      last: dayOfText(last),
    })),
    present: new Map(present.map(([date, count]) => [dayOfText(date), count])),
  });
}

/** The bars of an interval from `from` to `to` (days, both inclusive), symbol by symbol. */
export async function* readSeries(
  query: Query,
  interval: Interval,
  span: { readonly from: number; readonly to: number },
  symbols: readonly string[] | "all" = "all",
): AsyncGenerator<SilverSeries> {
  // Symbols are plain tickers: they hold no quote.
  const ofSymbols = symbols === "all" ? "" : `AND symbol IN ('${symbols.join("', '")}') `;
  const { batches } = await query.run(
    "SELECT exchange, symbol, epoch_ms(datetime), open, high, low, close, volume, final, " +
      "epoch_ms(ingestion_timestamp), len(suspect), log_id, log_partition, log_offset, object " +
      `FROM bars WHERE "interval" = '${interval.name}' ` +
      `AND date BETWEEN '${dateText(span.from)}' AND '${dateText(span.to)}' ` +
      ofSymbols +
      "ORDER BY exchange, symbol, datetime",
    { trusted: true },
  );
  let place = { exchange: "", symbol: "" };
  let bars: SilverBar[] = [];
  for await (const row of flat(batches)) {
    const [exchange, symbol, ...rest] = barRow.parse(row);
    if (place.exchange !== exchange || place.symbol !== symbol) {
      if (bars.length > 0) yield { ...place, bars };
      place = { exchange, symbol };
      bars = [];
    }
    bars.push(silverBar(rest));
  }
  if (bars.length > 0) yield { ...place, bars };
}

async function* flat<T>(batches: AsyncIterable<readonly T[]>): AsyncGenerator<T> {
  for await (const batch of batches) yield* batch;
}

/** Runs a SELECT and checks its rows. */
export async function rowsOf<T>(
  query: Query,
  sql: string,
  schema: z.ZodType<T>,
): Promise<readonly T[]> {
  const rows: T[] = [];
  const { batches } = await query.run(sql, { trusted: true });
  for await (const batch of batches) for (const row of batch) rows.push(schema.parse(row));
  return rows;
}

/** The day number of a date that silver gave, `2025-11-24`. */
export function dayOfText(date: string): number {
  return Date.parse(date) / msPerDay;
}

type BarFields = z.output<typeof barRow> extends [string, string, ...infer Rest] ? Rest : never;

function silverBar(fields: BarFields): SilverBar {
  const [startMs, open, high, low, close, volume, final, ingestedMs, suspect, ...proof] = fields;
  const [logId, partition, offset, object] = proof;
  return {
    startMs,
    open,
    high,
    low,
    close,
    volume,
    final,
    ingestedMs,
    suspect,
    origin:
      logId === null || partition === null || offset === null ? null : { logId, partition, offset },
    object,
  };
}
