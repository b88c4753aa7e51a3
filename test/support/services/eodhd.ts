import type { TestContext } from "node:test";
import { json, serveAs, type Answer, type Asked, type ServiceStandIn } from "./server.ts";
import type { MadeUpBar } from "./minutes.ts";

/** What the stand-in has of a symbol (`COMI.EGX`). */
export interface EodhdSeries {
  readonly minutes?: readonly MadeUpBar[];
  readonly days?: readonly Readonly<Record<string, string | number | null>>[];
  readonly splits?: readonly { readonly date: string; readonly split: string }[];
}

export interface EodhdStandIn extends ServiceStandIn {
  /** Whether the last minute trades more with each request. */
  forming: boolean;
}

export const eodhdToken = "demo-token-5f3a";

/** EODHD's services for the exchange EGX, for who has the token. */
export async function eodhdStandIn(
  t: TestContext,
  series: Readonly<Record<string, EodhdSeries>>,
): Promise<EodhdStandIn> {
  let extra = 0;
  const server = await serveAs(t, (asked) => {
    if (standIn.forming) extra += 1;
    return answerOf(asked, series, extra);
  });
  const standIn: EodhdStandIn = { ...server, forming: false };
  return standIn;
}

function answerOf(
  { url }: Asked,
  all: Readonly<Record<string, EodhdSeries>>,
  extra: number,
): Answer {
  const token = url.searchParams.get("api_token");
  if (token !== eodhdToken) return { status: 401, body: `Unauthenticated: ${token}` };
  if (url.pathname === "/api/exchange-symbol-list/EGX") {
    const codes = Object.keys(all).map((symbol) => symbol.replace(/\.EGX$/, ""));
    return json(codes.map((Code) => ({ Code, Exchange: "EGX", Currency: "EGP", Isin: null })));
  }
  const [, service = "", symbol = ""] = /^\/api\/(\w+)\/([^/]+)$/.exec(url.pathname) ?? [];
  const series = all[decodeURIComponent(symbol)];
  if (series === undefined) return { status: 404, body: "Ticker Not Found." };
  const from = url.searchParams.get("from") ?? "";
  const to = url.searchParams.get("to") ?? "9999";
  if (service === "eod") {
    return json(
      (series.days ?? []).filter(({ date }) => String(date) >= from && String(date) <= to),
    );
  }
  if (service === "splits") return json((series.splits ?? []).filter(({ date }) => date >= from));
  const minutes = series.minutes ?? [];
  const newest = minutes.at(-1);
  const rows = minutes.filter(
    ({ atMs }) => atMs >= Number(from) * 1000 && atMs <= Number(to) * 1000,
  );
  return json(
    rows.map((bar) => ({
      timestamp: bar.atMs / 1000,
      gmtoffset: 0,
      datetime: new Date(bar.atMs).toISOString().slice(0, 19).replace("T", " "),
      open: bar.open,
      high: bar.high,
      low: bar.low,
      close: bar.close,
      volume: bar.volume + (bar === newest ? extra : 0),
    })),
  );
}
