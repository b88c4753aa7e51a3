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
  const widths = head.map((title) => widthOf(title));
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      const width = widthOf(cell);
      if (width > (widths[column] ?? 0)) widths[column] = width;
    }
  }
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

const plain = /^[\x20-\x7e]*$/;
const unseen = /\p{Mark}|\p{Default_Ignorable_Code_Point}/gu;

/** How many places of a line a text takes: letters of any script one, their marks none. */
function widthOf(text: string): number {
  if (plain.test(text)) return text.length;
  return Array.from(stripVTControlCharacters(text).replaceAll(unseen, "")).length;
}
