import { cairoDateOf, cairoTimeOf, cairoZone } from "../lib/cairo.ts";

export type Language = "ar" | "en";
/** Which digits numbers are written with: 0-9, or ٠-٩. */
export type Digits = "latn" | "arab";

/** What is shown where a value is not known; never 0. */
export const unknown = "—";

/**
 * Writes numbers, dates and times for people. Texts have no invisible marks in them, so that they
 * can be copied; whoever shows one isolates it ({@link Num} does). Null is {@link unknown}.
 */
export interface Formatter {
  readonly language: Language;
  readonly digits: Digits;
  /** A price with 2 to 3 decimals, or as many as asked for. */
  price(value: number | null, decimals?: number): string;
  /** A whole number, grouped. */
  integer(value: number | null): string;
  /** A change with its sign always written: `+0.42`. */
  signed(value: number | null, decimals?: number): string;
  /** A change in percent with its sign: `+1.23%`. `value` is 1.23 for that. */
  change(value: number | null): string;
  /** A share in percent: `99.20%`. `value` is 0.992 for that. */
  share(value: number | null, decimals?: number): string;
  /** A large number in words of the press: `2.991 tn`, `2.991 تريليون`. */
  compact(value: number | null): string;
  /** A Cairo date for prose, `Thursday 5 March 2026`. Takes `2026-03-05` or an instant. */
  longDate(value: string | number | null): string;
  /** A Cairo date without its weekday, `5 March 2026`. */
  mediumDate(value: string | number | null): string;
  /** A month and its year, `March 2026`. */
  month(value: string | number | null): string;
  /** A Cairo date for tables, `2026-03-05`, of an instant or a date. */
  date(value: string | number | null): string;
  /** Cairo time of day of an instant, `14:29`. */
  time(epochMs: number | null, seconds?: boolean): string;
  /** `2026-03-05 14:29`. */
  dateTime(epochMs: number | null): string;
  /** The weekday of an instant or date, `Sunday`, or short `Sun`. */
  weekday(value: string | number | null, short?: boolean): string;
  /** A length of time in its two largest natural units, `1 m 37 s`. */
  duration(ms: number | null): string;
}

const marks = /[\u200e\u200f\u061c]/g;
const scales = [
  { from: 1e12, en: "tn", ar: "تريليون" },
  { from: 1e9, en: "bn", ar: "مليار" },
  { from: 1e6, en: "m", ar: "مليون" },
  { from: 1e3, en: "k", ar: "ألف" },
] as const;
const units = [
  { ms: 86_400_000, en: "d", ar: "ي" },
  { ms: 3_600_000, en: "h", ar: "س" },
  { ms: 60_000, en: "m", ar: "د" },
  { ms: 1000, en: "s", ar: "ث" },
] as const;

/** The formatter of a language with one kind of digits. */
export function createFormatter(language: Language, digits: Digits): Formatter {
  const locale = `${language === "ar" ? "ar-EG" : "en-GB"}-u-nu-${digits}`;
  return {
    language,
    digits,
    ...numberFormats(locale, language),
    ...timeFormats(locale, language, digits),
  };
}

type NumberFormats = Pick<
  Formatter,
  "price" | "integer" | "signed" | "change" | "share" | "compact"
>;

function numberFormats(locale: string, language: Language): NumberFormats {
  const cache = new Map<string, Intl.NumberFormat>();
  const write = (value: number | null, options: Intl.NumberFormatOptions): string => {
    if (value === null || !Number.isFinite(value)) return unknown;
    const key = JSON.stringify(options);
    const format = cache.get(key) ?? new Intl.NumberFormat(locale, options);
    cache.set(key, format);
    return format.format(value).replaceAll(marks, "");
  };
  const decimals = (low: number, high = low): Intl.NumberFormatOptions => ({
    minimumFractionDigits: low,
    maximumFractionDigits: high,
  });
  return {
    price: (value, places) =>
      write(value, places === undefined ? decimals(2, 3) : decimals(places)),
    integer: (value) => write(value, decimals(0)),
    signed: (value, places = 2) => write(value, { ...decimals(places), signDisplay: "exceptZero" }),
    change: (value) =>
      write(value === null ? null : value / 100, {
        ...decimals(2),
        style: "percent",
        signDisplay: "exceptZero",
      }),
    share: (value, places = 2) => write(value, { ...decimals(places), style: "percent" }),
    compact: (value) => {
      if (value === null || !Number.isFinite(value)) return unknown;
      // Rounding may lift a number into the next scale: 999,999 is 1 m, not 1,000 k.
      const scale = scales.find(({ from }) => Math.abs(value) >= from * 0.999_95);
      if (scale === undefined) return write(value, decimals(0, Number.isInteger(value) ? 0 : 2));
      const scaled = value / scale.from;
      return `${write(scaled, decimals(0, scaled >= 100 ? 1 : scale.from >= 1e9 ? 3 : 2))} ${scale[language]}`;
    },
  };
}

type TimeFormats = Omit<Formatter, keyof NumberFormats | "language" | "digits">;

function timeFormats(locale: string, language: Language, digits: Digits): TimeFormats {
  const dated = (
    options: Intl.DateTimeFormatOptions,
  ): ((value: string | number | null) => string) => {
    const format = new Intl.DateTimeFormat(locale, { timeZone: cairoZone, ...options });
    return (value) => {
      if (value === null) return unknown;
      const epochMs = typeof value === "number" ? value : Date.parse(`${value}T10:00:00Z`);
      return format.format(epochMs).replaceAll(marks, "").replace(",", "").replace("،", "");
    };
  };
  const parts = { day: "numeric", month: "long", year: "numeric" } as const;
  const longWeekday = dated({ weekday: "long" });
  const shortWeekday = dated({ weekday: "short" });
  const plain = (text: string): string => (digits === "arab" ? toArabicDigits(text) : text);
  const date = (value: string | number | null): string => {
    if (value === null) return unknown;
    return plain(typeof value === "number" ? cairoDateOf(value) : value);
  };
  const time = (epochMs: number | null, seconds = false): string =>
    epochMs === null ? unknown : plain(cairoTimeOf(epochMs, seconds));
  return {
    longDate: dated({ ...parts, weekday: "long" }),
    mediumDate: dated(parts),
    month: dated({ month: "long", year: "numeric" }),
    date,
    time,
    dateTime: (epochMs) => (epochMs === null ? unknown : `${date(epochMs)} ${time(epochMs)}`),
    weekday: (value, short = false) => (short ? shortWeekday(value) : longWeekday(value)),
    duration: (ms) => (ms === null ? unknown : plain(durationText(ms, language))),
  };
}

function durationText(ms: number, language: Language): string {
  const rounded = Math.max(0, Math.round(ms / 1000) * 1000);
  const first = units.findIndex((unit) => rounded >= unit.ms);
  const largest = units[first];
  if (largest === undefined) return `0 ${language === "ar" ? "ث" : "s"}`;
  const count = Math.floor(rounded / largest.ms);
  const text = `${count} ${largest[language]}`;
  const next = units[first + 1];
  if (next === undefined) return text;
  const rest = Math.floor((rounded - count * largest.ms) / next.ms);
  return rest === 0 ? text : `${text} ${rest} ${next[language]}`;
}

/** 0-9 as ٠-٩. */
export function toArabicDigits(text: string): string {
  return text.replaceAll(/\d/g, (digit) => String.fromCodePoint(0x0660 + Number(digit)));
}
