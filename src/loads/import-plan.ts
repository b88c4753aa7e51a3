import { EgxError } from "../base/errors.ts";
import { inferInterval, type Sample, showsInterval } from "../feeds/recorded-interval.ts";
import { readStamp, stampText, type RowContext } from "../feeds/recorded-row.ts";
import { shown, type Columns } from "../feeds/recorded-header.ts";
import type { Adjustment } from "../market/bar.ts";
import { dayOfDate, firstDay, lastDay } from "../market/cairo-time.ts";
import { intervals, type Interval } from "../market/interval.ts";
import type { BarTable } from "./bar-table.ts";
import { findColumns, type ColumnMap, type KnownColumns } from "./columns.ts";
import { type DateOrder, inferDateOrder, isoDateText } from "./date-order.ts";
import { inferDecimal, plainSymbol, plainText, pointNumber } from "./plain-text.ts";

/** What is said of a file, beside what it shows itself. */
export interface ImportWishes {
  /** What its bars carry, `csv:prices`. */
  readonly source: string;
  readonly map: ColumnMap;
  readonly interval?: Interval;
  readonly dateOrder?: DateOrder;
  /** Default: as the columns show it, see {@link adjustmentOf}. */
  readonly adjusted?: Adjustment;
  readonly currency: string;
  /** Only these; or the one symbol of a file that names none. */
  readonly symbols: readonly string[] | "all";
  /** Cairo dates, both inclusive. */
  readonly from?: Temporal.PlainDate;
  readonly to?: Temporal.PlainDate;
}

/** How a file is going to be read. */
export interface ImportPlan {
  readonly named: KnownColumns["named"];
  readonly interval: Interval;
  /** Whether the interval is what the rows show, not what was said. */
  readonly inferred: boolean;
  /** Whether it is neither, but what single rows mostly have. */
  readonly assumed: boolean;
  readonly dateOrder: DateOrder;
  /** Whether `80,5` is eighty and a half. */
  readonly decimalComma: boolean;
  readonly context: RowContext;
}

/**
 * Works out how a file is to be read.
 * @throws E_FILE_FORMAT where the file leaves a question open that somebody has to answer: its
 *   details name the `question` ("column", "date-order", "symbol" or "interval"),
 *   and for a column which one is `missing`. E_USAGE for a column that it does not have.
 */
export function planImport(table: BarTable, wishes: ImportWishes): ImportPlan {
  const { file, header, sample } = table;
  const { columns, named } = findColumns(header, wishes.map, file);
  const dates = sample.map((fields) => plainText(stampText(fields, columns)));
  const dateOrder = wishes.dateOrder ?? knownOrder(dates, file);
  const samples = dates.flatMap((text, at): Sample[] => {
    const stamp = readStamp(isoDateText(text, dateOrder), columns.zone);
    if (stamp === null || stamp.day < firstDay || stamp.day > lastDay) return [];
    const symbol = columns.symbol === null ? "" : (sample[at]?.[columns.symbol] ?? "");
    return [{ symbol: plainSymbol(symbol), stamp }];
  });
  if (samples.length === 0) throw noTimes(file, dates[0] ?? "");
  const interval = wishes.interval ?? inferInterval(samples);
  if (interval === null) throw noInterval(file);
  const { source, currency, symbols } = wishes;
  const adjusted = wishes.adjusted ?? adjustmentOf(header);
  return {
    named,
    interval,
    inferred: wishes.interval === undefined,
    assumed: wishes.interval === undefined && !showsInterval(samples),
    dateOrder,
    decimalComma: hasDecimalComma(sample, columns, file),
    context: {
      columns,
      facts: { interval, source, exchange: "EGX", currency, adjusted },
      selection: {
        symbols: symbols === "all" ? null : new Set(symbols),
        fromDay: wishes.from === undefined ? -Infinity : dayOfDate(wishes.from),
        toDay: wishes.to === undefined ? Infinity : dayOfDate(wishes.to),
      },
      symbol: columns.symbol === null ? onlySymbol(symbols, file) : "",
    },
  };
}

/**
 * How a file's prices are adjusted, as its columns show it. Files of yfinance have the dividends
 * taken out of all prices, unless they keep that in a column of its own; all others are taken to
 * be adjusted for splits.
 */
export function adjustmentOf(header: readonly string[]): Adjustment {
  const names = new Set(header.map((name) => name.trim().toLowerCase()));
  const yfinance = names.has("dividends") && names.has("stock splits");
  return yfinance && !names.has("adj close") ? "dividends" : "splits";
}

/** A row's fields in plain digits, its date in ISO 8601 and its symbol as the exchange spells it. */
export function plainFields(
  fields: readonly string[],
  { context, dateOrder, decimalComma }: ImportPlan,
): readonly string[] {
  const { symbol, time } = context.columns;
  const numbers = decimalComma ? numberPlaces(context.columns) : [];
  return fields.map((text, at) => {
    if (at === symbol) return plainSymbol(text);
    const plain = plainText(text);
    if (at === time) return isoDateText(plain, dateOrder);
    return numbers.includes(at) ? pointNumber(plain) : plain;
  });
}

function numberPlaces({ open, high, low, close, volume }: Columns): readonly (number | null)[] {
  return [open, high, low, close, volume];
}

/** @throws E_FILE_FORMAT when some numbers can only have a comma and others only a point. */
function hasDecimalComma(sample: BarTable["sample"], columns: Columns, file: string): boolean {
  const places = numberPlaces(columns);
  const texts = sample.flatMap((fields) =>
    places.map((place) => (place === null ? "" : plainText(fields[place] ?? ""))),
  );
  const decimal = inferDecimal(texts);
  if (decimal !== "contradictory") return decimal === "comma";
  throw new EgxError(
    "E_FILE_FORMAT",
    `${file}: some numbers have a decimal comma and others a decimal point`,
    { hint: "Write all of them with a point; the file may be two that were put together." },
  );
}

function knownOrder(dates: readonly string[], file: string): DateOrder {
  const order = inferDateOrder(dates);
  if (order !== "ambiguous" && order !== "contradictory") return order;
  const example = shown(dates.find((text) => inferDateOrder([text]) !== "ymd") ?? "");
  const text =
    order === "ambiguous"
      ? `${file}: dates such as ${example} can be day first or month first, and none shows which`
      : `${file}: some dates are day first and others month first`;
  throw new EgxError("E_FILE_FORMAT", text, {
    details: { question: "date-order", example },
    hint: "Say which with --date-order mdy (11/24/2025) or --date-order dmy (24/11/2025).",
  });
}

function noTimes(file: string, text: string): EgxError {
  return new EgxError(
    "E_FILE_FORMAT",
    `${file}: no date is understood, the first is "${shown(text)}"`,
    {
      hint:
        "Dates are 2025-11-24, 11/24/2025, 24/11/2025, 24-Nov-2025, Nov 24, 2025 or seconds since " +
        "1970; --map date=COLUMN says which column they are in.",
    },
  );
}

function noInterval(file: string): EgxError {
  return new EgxError("E_FILE_FORMAT", `${file}: its rows do not show an interval`, {
    details: { question: "interval" },
    hint: `Say which it is with --interval: ${intervals.map(({ name }) => name).join(", ")}.`,
  });
}

function onlySymbol(symbols: readonly string[] | "all", file: string): string {
  const [symbol, ...others] = symbols === "all" ? [] : symbols;
  if (symbol !== undefined && others.length === 0) return symbol;
  const [named] = /^[A-Z][A-Z0-9]{2,7}(?=[ ._-])/.exec(file) ?? [];
  throw new EgxError("E_FILE_FORMAT", `${file} has no column for the symbol`, {
    details: { question: "symbol", ...(named === undefined ? {} : { likely: named }) },
    hint:
      `Say whose bars it holds: --symbols ${named ?? "COMI"}; ` +
      "or which column says so: --map symbol=COLUMN.",
  });
}
