import type { IncomingMessage, ServerResponse } from "node:http";

/** A symbol as the scanner lists it. */
export interface ScannerRow {
  /** `EGX:COMI`. */
  readonly s: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** Left out of listings, and found when it is asked for by name. */
  readonly isHidden?: boolean;
}

interface Asked {
  readonly columns: readonly string[];
  readonly tickers: readonly string[];
  readonly range: readonly [number, number] | null;
  readonly sortBy: string | null;
}

/** What comes back when no range is asked for. */
const rowsDefault = 50;

/** Answers `POST /egypt/scan` and `GET /symbol?symbol=`, as the scanner beside the feed does. */
export async function answerScan(
  request: IncomingMessage,
  response: ServerResponse,
  rows: readonly ScannerRow[],
): Promise<void> {
  const url = new URL(request.url ?? "/", "http://127.0.0.1");
  if (request.method === "GET" && url.pathname === "/symbol") {
    const row = rows.find(({ s }) => s === url.searchParams.get("symbol"));
    return reply(response, row === undefined ? 404 : 200, row?.values ?? { error: "not found" });
  }
  if (request.method !== "POST" || url.pathname !== "/egypt/scan") {
    return reply(response, 404, { error: "not found" });
  }
  let text = "";
  for await (const chunk of request) text += String(chunk);
  const asked = read(text);
  if (asked === null) return reply(response, 400, { error: "Wrong request" });
  const found = select(rows, asked);
  const [from, to] = asked.range ?? [0, rowsDefault];
  const data = found.slice(from, to).map(({ s, values }) => ({
    s,
    d: asked.columns.map((column) => values[column] ?? null),
  }));
  reply(response, 200, { totalCount: found.length, data });
}

function select(rows: readonly ScannerRow[], { tickers, sortBy }: Asked): readonly ScannerRow[] {
  if (tickers.length > 0) return rows.filter(({ s }) => tickers.includes(s));
  const listed = rows.filter(({ isHidden }) => isHidden !== true);
  if (sortBy === null) return listed;
  const key = ({ values }: ScannerRow): string => String(values[sortBy]);
  return listed.toSorted((one, other) => (key(one) < key(other) ? -1 : 1));
}

function read(text: string): Asked | null {
  const body = fields(parsed(text));
  if (body === null || !Array.isArray(body["columns"])) return null;
  const symbols = fields(body["symbols"]);
  const tickers: unknown = symbols?.["tickers"];
  const range: unknown = body["range"];
  const sort = fields(body["sort"]);
  return {
    columns: body["columns"].map(String),
    tickers: Array.isArray(tickers) ? tickers.map(String) : [],
    range: Array.isArray(range) ? [Number(range[0]), Number(range[1])] : null,
    sortBy: typeof sort?.["sortBy"] === "string" ? sort["sortBy"] : null,
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function fields(value: unknown): Readonly<Record<string, unknown>> | null {
  if (typeof value !== "object" || value === null) return null;
  return Object.fromEntries(Object.entries(value));
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
