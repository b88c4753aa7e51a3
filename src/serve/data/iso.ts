/** An instant as the API writes it: `2025-11-24T08:00:00Z`, with milliseconds when there are any. */
export function isoOf(epochMs: number): string {
  return new Date(epochMs).toISOString().replace(".000Z", "Z");
}

/** As {@link isoOf}; null stays null. */
export function isoOrNull(epochMs: number | null): string | null {
  return epochMs === null ? null : isoOf(epochMs);
}
