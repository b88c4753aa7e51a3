/** Where a query is wrong. */
export interface ErrorPlace {
  /** Place in the text, to put the caret. */
  readonly offset: number;
  /** The line with the error, and as many spaces as stand before the place in it. */
  readonly lineText: string;
  readonly caretAt: number;
}

/** The place of a line and column (both from 1) in a query; null when there is no such place. */
export function errorPlace(
  sql: string,
  { line, column }: { readonly line: number | undefined; readonly column: number | undefined },
): ErrorPlace | null {
  if (line === undefined || column === undefined || line < 1 || column < 1) return null;
  const lines = sql.split("\n");
  const lineText = lines[line - 1];
  if (lineText === undefined) return null;
  const before = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
  const caretAt = Math.min(column - 1, lineText.length);
  return { offset: before + caretAt, lineText, caretAt };
}

/** Whether a query says itself how many rows it wants, as far as one can tell without parsing it. */
export function hasLimit(sql: string): boolean {
  const bare = sql.replaceAll(/--[^\n]*|'(?:[^']|'')*'|"(?:[^"]|"")*"|\/\*[\s\S]*?\*\//g, " ");
  return /\blimit\s+\d+[^()]*$/i.test(bare);
}
