/** Rows of someone's file, before anything is known of what its columns mean. */
export interface BarTable {
  /** The file's name without its folder. */
  readonly file: string;
  readonly header: readonly string[];
  /** The first rows, for a look at them. */
  readonly sample: readonly (readonly string[])[];
  /** SHA-256 of the content, unpacked. */
  readonly sha256: string;
  /** All rows, in blocks, in the file's order. Ends early when `signal` aborts. */
  readonly rows: (signal: AbortSignal) => AsyncIterable<readonly TableRow[]>;
}

export interface TableRow {
  /** Its number in the file, from 1; a header is a line too. */
  readonly line: number;
  /** Null for a line that cannot be taken apart. */
  readonly fields: readonly string[] | null;
  /** How such a line begins, and its size. */
  readonly text: string;
  readonly bytes: number;
}

/** Rows that are looked at before a file is read. */
export const sampleRows = 5000;
