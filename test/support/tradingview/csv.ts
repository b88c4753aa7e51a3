import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { cairoSeconds, listingOf, type Listing, type Row } from "./listings.ts";

/**
 * Listings from a CSV file (also .gz) with a header: symbol or ticker; date or datetime, as
 * `2025-11-24` or with a time in Cairo; open, high, low, close, volume. Rows of one symbol ascend.
 */
export function listingsOfCsv(path: string, resolution: string): readonly Listing[] {
  const bytes = readFileSync(path);
  const text = path.endsWith(".gz") ? gunzipSync(bytes).toString() : bytes.toString();
  const [header = "", ...lines] = text.split(/\r?\n/);
  const names = header.toLowerCase().split(",");
  const place = (...wanted: readonly string[]): number =>
    names.findIndex((name) => wanted.includes(name.trim()));
  const at = {
    symbol: place("symbol", "ticker"),
    time: place("datetime", "date", "timestamp", "time"),
    values: ["open", "high", "low", "close", "volume"].map((name) => place(name)),
  };
  const bySymbol = new Map<string, Row[]>();
  for (const line of lines) {
    if (line === "") continue;
    const cells = line.split(",");
    const symbol = cells[at.symbol] ?? "";
    const rows = bySymbol.get(symbol) ?? [];
    bySymbol.set(symbol, rows);
    rows.push([secondsOf(cells[at.time] ?? ""), ...at.values.map((value) => number(cells[value]))]);
  }
  return [...bySymbol].map(([symbol, rows]) => listingOf(symbol, { [resolution]: rows }));
}

function secondsOf(text: string): number {
  if (/^\d{9,10}$/.test(text)) return Number(text);
  const [, date = "", hours = "10", minutes = "00", zone = ""] =
    /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}):(\d{2})(?::\d{2}(?:\.\d+)?)?(.*))?$/.exec(text) ?? [];
  if (zone.trim() !== "") return Date.parse(text.replace(" ", "T")) / 1000;
  return cairoSeconds(date, Number(hours) * 60 + Number(minutes));
}

/** 1e+100 is how the feed writes "no value". */
function number(text: string | undefined): number {
  const value = Number(text);
  return text === undefined || text.trim() === "" || Number.isNaN(value) ? 1e100 : value;
}
