import { sectorRows } from "../src/market/data/symbol-rows.ts";
import { indexMemberLists } from "../src/market/universe.ts";

/** The seeds of warehouse/ that say what this release knows: their text by their path. */
export const warehouseSeeds: Readonly<Record<string, string>> = {
  "warehouse/seeds/index_members.csv": csv(
    ["index_name", "symbol", "valid_from", "valid_to"],
    indexMemberLists.flatMap(({ index, symbols, validFrom, validTo }) =>
      symbols.map((symbol) => [index, symbol, validFrom, validTo ?? ""]),
    ),
  ),
  "warehouse/seeds/sectors.csv": csv(
    ["sector_number", "sector", "name_ar"],
    sectorRows.map(([number, en, ar]) => [String(number), en, ar]),
  ),
};

function csv(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, ...rows].map((row) => `${row.map(field).join(",")}\n`).join("");
}

function field(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
