import type { MatrixAnswer, MatrixState } from "../../../../src/serve/api/quality.ts";

/** How the symbols of one session stand. */
export interface SessionCount {
  readonly date: string;
  readonly counts: Readonly<Record<MatrixState, number>>;
  /** Complete of those that have ended; null while none has. */
  readonly completeness: number | null;
}

const noCounts: Readonly<Record<MatrixState, number>> = {
  c: 0,
  n: 0,
  w: 0,
  d: 0,
  m: 0,
  p: 0,
  u: 0,
  "-": 0,
};

/** How complete each session is, the newest first. */
export function sessionCounts({
  sessions,
  rows,
}: Pick<MatrixAnswer, "sessions" | "rows">): readonly SessionCount[] {
  const all = sessions.map(() => ({ ...noCounts }));
  for (const { at, length, state } of rows.flatMap(({ runs }) => runs)) {
    for (const counts of all.slice(at, at + length)) counts[state] += 1;
  }
  return sessions
    .map((date, place) => {
      const counts = all[place] ?? noCounts;
      return { date, counts, completeness: completenessOf(counts) };
    })
    .toReversed();
}

function completenessOf({ c, n, w, d, m }: SessionCount["counts"]): number | null {
  const ended = c + n + w + d + m;
  return ended === 0 ? null : (c + n + w) / ended;
}

/** The newest session of a row with something missing or degraded; null when there is none. */
export function newestTrouble(
  sessions: readonly string[],
  { runs }: MatrixAnswer["rows"][number],
): string | null {
  const run = runs.findLast(({ state }) => state === "m" || state === "d");
  return run === undefined ? null : (sessions[run.at + run.length - 1] ?? null);
}
