import type { ApiRevision } from "../../../../src/serve/api/bars.ts";
import type { ShownBar } from "./slots.ts";

/** Bars as they were first received: those that changed since have their first version's numbers. */
export function asFirstSeen(
  bars: readonly ShownBar[],
  revisions: readonly ApiRevision[],
): readonly ShownBar[] {
  const first = new Map<string, ApiRevision>();
  for (const revision of revisions) {
    const known = first.get(revision.time);
    const earlier = known === undefined || revision.received < known.received;
    if (earlier) first.set(revision.time, revision);
  }
  return bars.map((bar) => {
    const version = first.get(bar.time);
    if (version === undefined || version.source !== bar.source) return bar;
    const { open, high, low, close, volume, final, received, offset, suspect } = version;
    const numbers = { open, high, low, close, volume, final, received, offset, suspect };
    return Object.assign({}, bar, numbers);
  });
}
