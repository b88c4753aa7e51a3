import { EgxError, hasCode } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import { columnMeaning, recogniseHeader, shown, type Columns } from "../feeds/recorded-header.ts";

/** What a column of a file can be said to be. */
export const mappedFields = [
  "symbol",
  "date",
  "time",
  "datetime",
  "datetime_utc",
  "open",
  "high",
  "low",
  "close",
  "volume",
] as const;
export type MappedField = (typeof mappedFields)[number];

/** The file's column for a field, as the header spells it. */
export type ColumnMap = ReadonlyMap<MappedField, string>;

/** What a file's columns are taken for. */
export interface KnownColumns {
  readonly columns: Columns;
  /** Field and column, in the order of the fields: for people, and for the load's name. */
  readonly named: readonly (readonly [MappedField, string])[];
}

/**
 * Finds the columns of a bar in a header: those that `map` names, the others by their usual names.
 * @throws E_USAGE for a column that the file does not have; E_FILE_FORMAT when one is missing,
 *   whose details have `question` "column" and the field as `missing`.
 */
export function findColumns(header: readonly string[], map: ColumnMap, file: string): KnownColumns {
  const renamed = renamedHeader(header, map, file);
  let columns: Columns;
  try {
    columns = recogniseHeader(renamed, file);
  } catch (error) {
    if (!hasCode(error, "E_FILE_FORMAT")) throw error;
    throw new EgxError("E_FILE_FORMAT", `${file}: ${textFor(header, renamed)}`, {
      cause: error,
      details: { question: "column", missing: missingField(renamed), header: [...header] },
      hint:
        "Say which column is which: --map symbol=Ticker,date=Day,close=Last " +
        `(${mappedFields.join(", ")}).`,
    });
  }
  return { columns, named: namedColumns(header, columns) };
}

/** The header with the mapped columns under the names of their fields. */
function renamedHeader(header: readonly string[], map: ColumnMap, file: string): readonly string[] {
  const taken = new Map<number, MappedField>();
  for (const [field, name] of map) {
    const at = placeOf(header, name);
    if (at === -1) {
      const near = nearest(name, header) ?? "";
      throw new EgxError(
        "E_USAGE",
        `${file} has no column ${JSON.stringify(name)}; did you mean ${JSON.stringify(near)}? ` +
          `Its header is: ${shown(header.join(","))}`,
      );
    }
    taken.set(at, field);
  }
  return header.map((name, at) => {
    const field = taken.get(at);
    if (field !== undefined) return field;
    // A column whose field is mapped elsewhere would be found a second time.
    return isMapped(map, name) ? "" : name;
  });
}

function placeOf(header: readonly string[], name: string): number {
  const exact = header.indexOf(name);
  if (exact !== -1) return exact;
  return header.findIndex((known) => known.trim().toLowerCase() === name.trim().toLowerCase());
}

/** Whether a column's name says that it is a field which the map finds elsewhere. */
function isMapped(map: ColumnMap, name: string): boolean {
  const meaning = columnMeaning(name);
  if (meaning === null) return false;
  if (meaning === "utc" || meaning === "cairo" || meaning === "stamp" || meaning === "date") {
    return map.has("date") || map.has("datetime") || map.has("datetime_utc");
  }
  return map.has(meaning);
}

/** The field without which the header is not understood; null when it is not that. */
function missingField(header: readonly string[]): MappedField | null {
  const meanings = new Set(header.map(columnMeaning));
  const timed = ["utc", "cairo", "stamp", "date", "time"] as const;
  if (!timed.some((meaning) => meanings.has(meaning))) return "date";
  return meanings.has("close") ? null : "close";
}

function textFor(header: readonly string[], renamed: readonly string[]): string {
  const missing = missingField(renamed);
  const what =
    missing === null
      ? "its header is not that of a file of bars"
      : `no column is known to hold the ${missing}`;
  return `${what}; its header is: ${shown(header.join(","))}`;
}

function namedColumns(
  header: readonly string[],
  columns: Columns,
): readonly (readonly [MappedField, string])[] {
  const timeField: MappedField = columns.zone === "utc" ? "datetime_utc" : "date";
  const places: readonly (readonly [MappedField, number | null])[] = [
    ["symbol", columns.symbol],
    [timeField, columns.time],
    ["time", columns.timeOfDay],
    ["open", columns.open],
    ["high", columns.high],
    ["low", columns.low],
    ["close", columns.close],
    ["volume", columns.volume],
  ];
  return places.flatMap(([field, at]) => (at === null ? [] : [[field, header[at] ?? ""] as const]));
}
