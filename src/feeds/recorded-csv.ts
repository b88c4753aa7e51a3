import { parse } from "csv-parse/sync";

/** The fields of one line, or null when its quotes do not fit. */
export type CsvFields = readonly string[] | null;

/** What stands between the fields of a line. */
export type Delimiter = "," | ";" | "\t";

/**
 * The fields of each line, separated as RFC 4180 says, save that a quoted field holds no
 * line break: so a quote that is never closed costs its own line and not the rest of the file.
 */
export function parseLines(
  lines: readonly string[],
  delimiter: Delimiter = ",",
): readonly CsvFields[] {
  const together = tryParse(lines.join("\n"), delimiter);
  // A quote left open joins lines, and only that does: fewer records than lines betray it.
  if (together !== null && together.length === lines.length) return together;
  return lines.map((line) => tryParse(line, delimiter)?.[0] ?? null);
}

function tryParse(text: string, delimiter: Delimiter): readonly string[][] | null {
  try {
    return parse(text, { delimiter, relax_column_count: true, record_delimiter: "\n" });
  } catch {
    // The library's errors say no more than the line itself, which the caller keeps.
    return null;
  }
}
