import { EgxError } from "../../base/errors.ts";
import { z } from "../../base/schema.ts";

/** A symbol as the scanner beside the feed knows it; null is what it does not say. */
export interface ScannedSymbol {
  /** The feed's ticker. It may differ from the exchange's, and be an ISIN. */
  readonly symbol: string;
  readonly isin: string | null;
  readonly name: string | null;
  /** `stock`, `fund`, `dr` … */
  readonly type: string | null;
  readonly currency: string | null;
}

/** A part of the scanner's list. */
export interface ScanPage {
  /** How many symbols the whole list has, by the scanner's own count. */
  readonly total: number;
  /** How many rows came, those that are left out counted. */
  readonly rows: number;
  readonly symbols: readonly ScannedSymbol[];
}

const columns = ["name", "description", "type", "currency", "isin"] as const;
/** A column that was renamed at the scanner comes back as null in every row, with HTTP 200. */
const keyColumns = ["name", "type", "currency"] as const;
const bannedHint = "Ask again in some hours; the list that is held stays in use.";
const prefix = "EGX:";
const isinPattern = /^[A-Z]{2}[A-Z0-9]{9}\d$/;

const cell = z.unknown();
const pageSchema = z.object({
  totalCount: z.number().int().nonnegative(),
  data: z.array(z.object({ s: z.string(), d: z.array(cell) })),
});
const refusalSchema = z.object({ error: z.string() });

/** Asks for the rows [from, to) of the list of all symbols. */
export function listingRequest(from: number, to: number): string {
  return request({ range: [from, to], symbols: { query: { types: [] }, tickers: [] } });
}

/** Asks for symbols by name, which also finds those that the list leaves out. */
export function namedRequest(symbols: readonly string[]): string {
  const tickers = symbols.map((symbol) => `${prefix}${symbol}`);
  return request({ range: [0, tickers.length], symbols: { query: { types: [] }, tickers } });
}

/**
 * Reads an answer of HTTP 200.
 * @throws E_FEED_PROTOCOL when it is none, or when a column that matters is null in every row.
 */
export function parseScan(text: string): ScanPage {
  const parsed = pageSchema.safeParse(json(text));
  if (!parsed.success) {
    throw new EgxError("E_FEED_PROTOCOL", `the scanner's answer is not understood: ${start(text)}`);
  }
  const { totalCount, data } = parsed.data;
  const rows = data.map(({ s, d }) => ({ s, cells: cellsOf(d) }));
  for (const column of keyColumns) {
    if (rows.length === 0 || rows.some(({ cells }) => cells[column] !== null)) continue;
    throw new EgxError(
      "E_FEED_PROTOCOL",
      `the scanner's column ${column} is empty in all ${rows.length} rows`,
      { hint: "It may have been renamed there. What is known stays as it is; please report it." },
    );
  }
  const symbols = rows
    .filter(({ s }) => s.startsWith(prefix))
    .map(({ s, cells }) => scanned(s.slice(prefix.length), cells));
  return { total: totalCount, rows: rows.length, symbols };
}

/** What the scanner says with a status that is not 200. */
export function scanRefusal(status: number, text: string): EgxError {
  const parsed = refusalSchema.safeParse(json(text));
  const reason = parsed.success ? parsed.data.error : start(text);
  const said = `the scanner answers with HTTP ${status}${reason === "" ? "" : `: ${reason}`}`;
  if (status === 429 || status === 403) {
    // To ask again at once makes it worse.
    return new EgxError("E_FEED_BANNED", said, { retryable: false, hint: bannedHint });
  }
  if (status >= 500 || status === 408) return new EgxError("E_FEED_UNREACHABLE", said);
  return new EgxError("E_FEED_REFUSED", said, { hint: "Check EGX_TRADINGVIEW_SCANNER_URL." });
}

type Cells = Readonly<Record<(typeof columns)[number], string | null>>;

function request(part: object): string {
  return JSON.stringify({
    ...part,
    markets: ["egypt"],
    // The scanner's own default hides symbols.
    filter: [{ left: "exchange", operation: "equal", right: "EGX" }],
    // Without a column of its own, a symbol is still told by its ticker.
    ignore_unknown_fields: true,
    options: { lang: "en" },
    columns,
    // Pages of a list without an order overlap.
    sort: { sortBy: "name", sortOrder: "asc" },
  });
}

function scanned(ticker: string, { description, type, currency, isin }: Cells): ScannedSymbol {
  const known = isin ?? ticker;
  return {
    symbol: ticker,
    isin: isinPattern.test(known) ? known : null,
    name: description,
    type,
    currency,
  };
}

function cellsOf(values: readonly unknown[]): Cells {
  const [name, description, type, currency, isin] = columns.map((_, place) =>
    textOf(values[place]),
  );
  return {
    name: name ?? null,
    description: description ?? null,
    type: type ?? null,
    currency: currency ?? null,
    isin: isin ?? null,
  };
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value.trim() !== "" ? value.trim() : null;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function start(text: string): string {
  return text.slice(0, 120);
}
