import { parse } from "csv-parse/sync";

/** The fields of one line, or null when its quotes do not fit. */
export type CsvFields = readonly string[] | null;

/**
 * The fields of each line, comma-separated as RFC 4180 says, save that a quoted field holds no
 * line break: so a quote that is never closed costs its own line and not the rest of the file.
 */
export function parseLines(lines: readonly string[]): readonly CsvFields[] {
  const together = tryParse(lines.join("\n"));
  // A quote left open joins lines, and only that does: fewer records than lines betray it.
  if (together !== null && together.length === lines.length) return together;
  return lines.map((line) => tryParse(line)?.[0] ?? null);
}

function tryParse(text: string): readonly string[][] | null {
  try {
    return parse(text, { relax_column_count: true, record_delimiter: "\n" });
  } catch {
    // The library's errors say no more than the line itself, which the caller keeps.
    return null;
  }
}
