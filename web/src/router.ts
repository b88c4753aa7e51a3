/** The dashboard's pages. */
export type PageName = "market" | "symbol" | "quality" | "pipeline" | "sql";

export interface Route {
  /** Null for an address that leads nowhere. */
  readonly page: PageName | null;
  /** The ticker of a symbol's page. */
  readonly symbol: string | null;
  /** What follows the `?`: a page's filters and choices. */
  readonly query: URLSearchParams;
}

const plain: Readonly<Record<string, PageName>> = {
  "/": "market",
  "/quality": "quality",
  "/pipeline": "pipeline",
  "/sql": "sql",
};

const symbolPattern = /^\/symbol\/([^/]+)$/;

/** The route of an address, `/symbol/COMI?interval=1d`. */
export function parseRoute(address: string): Route {
  const [path = "/", search = ""] = address.split("?");
  const query = new URLSearchParams(search);
  const trimmed = path.length > 1 ? path.replace(/\/$/, "") : path;
  const symbol = symbolPattern.exec(trimmed)?.[1];
  if (symbol !== undefined) return { page: "symbol", symbol: decoded(symbol), query };
  return { page: plain[trimmed] ?? null, symbol: null, query };
}

/** The address of a page. */
export function addressOf(page: PageName, symbol: string | null = null): string {
  if (page === "symbol") return `/symbol/${encodeURIComponent(symbol ?? "")}`;
  return Object.keys(plain).find((path) => plain[path] === page) ?? "/";
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text).toUpperCase();
  } catch {
    return text.toUpperCase();
  }
}
