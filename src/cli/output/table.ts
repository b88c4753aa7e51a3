import { stripVTControlCharacters } from "node:util";

export interface TextTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Columns that are numbers, by index: aligned to the right. */
  readonly numeric?: ReadonlySet<number>;
}

const between = "  ";

/**
 * Aligned columns without boxes, for terminals and pipes alike; never cut, however many the rows.
 * Ends with a newline.
 */
export function tableText({ head, rows, numeric = new Set() }: TextTable): string {
  const widths = widthsOf({ head, rows });
  const line = (cells: readonly string[]): string =>
    `${cells
      .map((cell, column) => {
        const space = " ".repeat(Math.max(0, (widths[column] ?? 0) - widthOf(cell)));
        return numeric.has(column) ? space + cell : cell + space;
      })
      .join(between)
      .trimEnd()}\n`;
  return [head, ...rows].map(line).join("");
}

/** Places of a line that {@link tableText} takes. */
export function tableWidth(table: TextTable): number {
  const widths = widthsOf(table);
  return widths.reduce(
    (sum, width) => sum + width,
    between.length * Math.max(0, widths.length - 1),
  );
}

/** A line a cell, row by row: for what is too wide to stand in columns. Ends with a newline. */
export function recordsText({ head, rows }: TextTable): string {
  const width = Math.max(0, ...head.map(widthOf));
  return rows
    .map((row, index) => {
      const lines = row.map((cell, column) => {
        const title = head[column] ?? "";
        return `  ${title}${" ".repeat(width - widthOf(title))}${between}${cell}`.trimEnd();
      });
      return `row ${index + 1}\n${lines.join("\n")}\n`;
    })
    .join("");
}

function widthsOf({ head, rows }: TextTable): readonly number[] {
  const widths = head.map((title) => widthOf(title));
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      const width = widthOf(cell);
      if (width > (widths[column] ?? 0)) widths[column] = width;
    }
  }
  return widths;
}

const plain = /^[\x20-\x7e]*$/;
const unseen = /\p{Mark}|\p{Default_Ignorable_Code_Point}/gu;

/** How many places of a line a text takes: letters of any script one, their marks none. */
function widthOf(text: string): number {
  if (plain.test(text)) return text.length;
  return Array.from(stripVTControlCharacters(text).replaceAll(unseen, "")).length;
}
