import type { MatrixRun, MatrixState } from "../../../../src/serve/api/quality.ts";

/** What is known of one symbol's session. */
export type MatrixCell = Omit<MatrixRun, "at" | "length">;

/** What lies outside of every run: nothing is known of it. */
const uncertified: MatrixCell = { state: "u", share: null, backfilled: false, marked: false };

/** The cells of places [from, to) of a row, in order. */
export function cellsOf(
  runs: readonly MatrixRun[],
  from: number,
  to: number,
): readonly MatrixCell[] {
  const cells: MatrixCell[] = [];
  let next = runIndexAt(runs, from);
  for (let place = from; place < to; place += 1) {
    let run = runs[next];
    while (run !== undefined && run.at + run.length <= place) run = runs[(next += 1)];
    cells.push(run !== undefined && run.at <= place ? run : uncertified);
  }
  return cells;
}

/** The cell at one place of a row. */
export function cellAt(runs: readonly MatrixRun[], place: number): MatrixCell {
  return cellsOf(runs, place, place + 1)[0] ?? uncertified;
}

/** The first run that ends after `place`. */
function runIndexAt(runs: readonly MatrixRun[], place: number): number {
  let [low, high] = [0, runs.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const run = runs[middle];
    if (run !== undefined && run.at + run.length <= place) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The sign on a cell: its shape tells what its colour alone would not. */
export type Sign =
  | "missing"
  | "degraded"
  | "untraded"
  | "waived"
  | "pending"
  | "unknown"
  | "outside"
  | "none";

/** How a cell is drawn. */
export interface CellLook {
  readonly sign: Sign;
  /** Its shade, 0 to 4 from little to all; null where nothing can be complete. */
  readonly step: 0 | 1 | 2 | 3 | 4 | null;
  /** A mark in its corner: mended from a load, or with provisional or suspect bars. */
  readonly corner: "backfilled" | "marked" | null;
}

const signs: Readonly<Record<MatrixState, Sign>> = {
  c: "none",
  n: "untraded",
  w: "waived",
  d: "degraded",
  m: "missing",
  p: "pending",
  u: "unknown",
  "-": "outside",
};

/** How a cell is drawn. Nothing that is not known gets a shade, so none looks like none complete. */
export function lookOf(cell: MatrixCell): CellLook {
  const { state, backfilled, marked } = cell;
  const corner = marked ? "marked" : backfilled ? "backfilled" : null;
  return { sign: signs[state], step: stepOf(cell), corner };
}

function stepOf({ state, share }: MatrixCell): CellLook["step"] {
  if (state === "c") return 4;
  if (state !== "d") return null;
  if (share === null || share >= 0.75) return 3;
  if (share >= 0.5) return 2;
  return share >= 0.25 ? 1 : 0;
}
