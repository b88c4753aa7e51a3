import { EgxError } from "../base/errors.ts";
import { editDistance, nearest } from "../base/nearest.ts";
import type { NaiveZone } from "../market/date-time.ts";

/** Where the fields of a bar stand in a row, counting from 0; null for what the file lacks. */
export interface Columns {
  readonly symbol: number | null;
  readonly time: number;
  /** A time of day in a column of its own, beside the date in `time`. */
  readonly timeOfDay: number | null;
  /** The wall clock of stamps that carry no offset. */
  readonly zone: NaiveZone;
  readonly open: number | null;
  readonly high: number | null;
  readonly low: number | null;
  readonly close: number;
  readonly volume: number | null;
}

/** Spellings by preference, in lower case and without anything but letters and digits. */
const spellings = {
  symbol: ["symbol", "ticker", "index"],
  utc: ["tsutc", "datetimeutc", "timestamputc", "timeutc", "utc"],
  cairo: ["tscairo", "datetimecairo", "timestampcairo", "timecairo"],
  stamp: ["datetime", "timestamp"],
  date: ["date"],
  time: ["time"],
  open: ["open"],
  high: ["high"],
  low: ["low"],
  close: ["close", "price"],
  volume: ["volume", "vol"],
} as const;

/** Columns that only a table of the running day has. */
const snapshotColumns = ["last", "closevwap", "prevclose"];

/**
 * Recognises the columns of a header row; others are ignored.
 * @throws E_FILE_FORMAT that names what was found, what is missing and what comes nearest.
 */
export function recogniseHeader(fields: readonly string[], file: string): Columns {
  const header = new Header(fields, file);
  header.refuseSnapshots();
  const time = header.time();
  const [open, high, low] = [header.find("open"), header.find("high"), header.find("low")];
  const volume = header.find("volume");
  // An index series has `value` for its price; beside prices it is the turnover.
  const bare = open === null && high === null && low === null && volume === null;
  const close = header.find("close") ?? (bare ? header.findFolded("value") : null);
  if (close === null) throw header.missing("the close", ["close", "price", "value (closes only)"]);
  return { symbol: header.find("symbol"), ...time, open, high, low, close, volume };
}

/** What a column of this name is taken for; null when nothing is known of it. */
export function columnMeaning(name: string): keyof typeof spellings | null {
  const folded = fold(name);
  for (const meaning of Object.keys(spellings).filter(isMeaning)) {
    if (spellings[meaning].some((spelling) => spelling === folded)) return meaning;
  }
  return null;
}

function isMeaning(text: string): text is keyof typeof spellings {
  return Object.hasOwn(spellings, text);
}

class Header {
  readonly #fields: readonly string[];
  readonly #folded: readonly string[];
  readonly #file: string;

  constructor(fields: readonly string[], file: string) {
    this.#fields = fields;
    this.#folded = fields.map(fold);
    this.#file = file;
  }

  find(what: keyof typeof spellings): number | null {
    for (const spelling of spellings[what]) {
      const index = this.findFolded(spelling);
      if (index !== null) return index;
    }
    return null;
  }

  findFolded(spelling: string): number | null {
    const index = this.#folded.indexOf(spelling);
    if (index === -1) return null;
    if (this.#folded.includes(spelling, index + 1)) {
      throw this.#error(`has two columns "${this.#fields[index] ?? spelling}"`);
    }
    return index;
  }

  time(): Pick<Columns, "time" | "timeOfDay" | "zone"> {
    const utc = this.find("utc");
    if (utc !== null) return { time: utc, timeOfDay: null, zone: "utc" };
    const cairo = this.find("cairo") ?? this.find("stamp");
    if (cairo !== null) return { time: cairo, timeOfDay: null, zone: "cairo" };
    const date = this.find("date");
    const time = this.find("time");
    if (date !== null) return { time: date, timeOfDay: time, zone: "cairo" };
    if (time !== null) return { time, timeOfDay: null, zone: "cairo" };
    throw this.missing("the time", ["ts_utc", "ts_cairo", "datetime", "timestamp", "date", "time"]);
  }

  refuseSnapshots(): void {
    const found = snapshotColumns.filter((column) => this.#folded.includes(column));
    if (found.length < 2) return;
    throw this.#error(
      "holds snapshots of the running day, not bars: each row repeats the day's high, low and " +
        "volume so far, and none says when its bar began",
      "Ask for a file of bars: one row for each symbol and interval, with its own close.",
    );
  }

  missing(what: string, expected: readonly string[]): EgxError {
    const near = this.#nearest(expected);
    return this.#error(
      `has no column for ${what}; expected one of ${expected.join(", ")} (in any case)` +
        (near === null ? "" : `; "${near}" comes nearest`),
    );
  }

  /** The column of the file that is spelt most like one of `expected`; null when none is. */
  #nearest(expected: readonly string[]): string | null {
    let best: string | null = null;
    let bestDistance = Infinity;
    for (const field of this.#fields) {
      const folded = fold(field);
      const distance = editDistance(folded, nearest(folded, expected) ?? "");
      if (distance < bestDistance) [best, bestDistance] = [field, distance];
    }
    return bestDistance <= 3 ? best : null;
  }

  #error(text: string, hint?: string): EgxError {
    return new EgxError(
      "E_FILE_FORMAT",
      `${this.#file} ${text}; its header is: ${shown(this.#fields.join(","))}`,
      hint === undefined ? {} : { hint },
    );
  }
}

/** A text from a file, fit for one line of a terminal. */
export function shown(text: string): string {
  const plain = text.replaceAll(/[\p{Cc}\p{Cf}]/gu, "?");
  return plain.length > 200 ? `${plain.slice(0, 200)}…` : plain;
}

function fold(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9]+/g, "");
}
