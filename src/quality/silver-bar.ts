/** A bar as silver's `bars` holds it, with its way back. Fields as in `Bar`. */
export interface SilverBar {
  readonly startMs: number;
  readonly open: number | null;
  readonly high: number | null;
  readonly low: number | null;
  readonly close: number;
  readonly volume: number | null;
  readonly final: boolean;
  readonly ingestedMs: number;
  /** How many rules of the market the bar breaks; see silver's column `suspect`. */
  readonly suspect: number;
  /** The record that it came from; null for a bar of a load. */
  readonly origin: {
    readonly logId: string;
    readonly partition: number;
    readonly offset: number;
  } | null;
  /** The key of the object that holds the record. */
  readonly object: string;
}

/** All bars of one symbol and interval in order of time. */
export interface SilverSeries {
  readonly exchange: string;
  readonly symbol: string;
  readonly bars: readonly SilverBar[];
}

/** Whether two bars have the same prices and volume, and enough of them to be the same trades. */
export function sameTrades(left: SilverBar, right: SilverBar): boolean {
  return (
    left.close === right.close &&
    left.volume === right.volume &&
    left.high === right.high &&
    left.low === right.low &&
    left.open === right.open
  );
}
