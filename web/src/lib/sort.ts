/** What a table is sorted by: text, numbers, or nothing known, which comes last either way. */
export type SortValue = string | number | null;

export interface SortOrder {
  readonly column: string;
  readonly descending: boolean;
}

/** Rows in the order of a value, equal ones as they were; unknown values last in both directions. */
export function sortRows<Row>(
  rows: readonly Row[],
  value: (row: Row) => SortValue,
  descending: boolean,
  language: string,
): readonly Row[] {
  const collator = new Intl.Collator(language, { numeric: true });
  const sign = descending ? -1 : 1;
  return rows
    .map((row) => ({ row, value: value(row) }))
    .toSorted((left, right) => {
      if (left.value === null) return right.value === null ? 0 : 1;
      if (right.value === null) return -1;
      if (typeof left.value === "number" && typeof right.value === "number") {
        return sign * (left.value - right.value);
      }
      return sign * collator.compare(String(left.value), String(right.value));
    })
    .map(({ row }) => row);
}
