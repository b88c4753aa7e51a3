/** Sessions of one symbol that lack something. Cairo dates, both inclusive. */
export interface Hole {
  readonly symbol: string;
  /** `1d` */
  readonly interval: string;
  readonly from: string;
  readonly to: string;
}

/** What a person types to have a hole mended: what is stored well is left alone. */
export function healCommand({ symbol, interval, from, to }: Hole): string {
  return `egx quality --heal --symbols ${symbol} --interval ${interval} --from ${from} --to ${to}`;
}

/** What a person types to load the sessions from a feed. */
export function backfillCommand({ symbol, interval, from, to }: Hole): string {
  return `egx backfill --symbols ${symbol} --interval ${interval} --from ${from} --to ${to}`;
}

/** What a person types to see which records a session came from. */
export function traceCommand({ symbol, interval, from }: Hole): string {
  return `egx trace ${symbol} ${from} --interval ${interval}`;
}
