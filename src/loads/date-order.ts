/** In which order a file writes year, month and day. */
export type DateOrder = "ymd" | "mdy" | "dmy";

export const dateOrders: readonly DateOrder[] = ["ymd", "mdy", "dmy"];

/** What a file's dates show of their order. */
export type DateOrderEvidence =
  | DateOrder
  /** No day is above 12. */
  | "ambiguous"
  /** Some can only be month first, some only day first. */
  | "contradictory";

const isoPattern = /^\d{4}-\d{2}-\d{2}/;
const numbersPattern = /^(\d{1,4})([/.-])(\d{1,2})\2(\d{1,4})(.*)$/s;
const monthFirstPattern = /^([A-Za-z]{3,9})\.? (\d{1,2}),? (\d{4})(.*)$/s;
const dayFirstPattern = /^(\d{1,2})[- ]([A-Za-z]{3,9})\.?,?[- ](\d{4})(.*)$/s;
const clockPattern = /^[ T](\d{1,2}):(\d{2})(:\d{2})?(?: ?([AP])\.?M\.?)?$/i;
const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** The order that dates show: `ymd` when each begins with its year or names its month. */
export function inferDateOrder(texts: Iterable<string>): DateOrderEvidence {
  const shown = new Set<DateOrder | "ambiguous">();
  for (const text of texts) {
    const order = orderOf(text);
    if (order !== null) shown.add(order);
  }
  if (shown.has("mdy") && shown.has("dmy")) return "contradictory";
  if (shown.has("mdy")) return "mdy";
  if (shown.has("dmy")) return "dmy";
  return shown.has("ambiguous") ? "ambiguous" : "ymd";
}

/** What one date shows; null for one whose order is plain or that is none. */
function orderOf(text: string): "mdy" | "dmy" | "ambiguous" | null {
  const numbers = isoPattern.test(text) ? null : numbersPattern.exec(text);
  const [, first = "", , second = "", last = ""] = numbers ?? [];
  if (first.length > 2 || last.length !== 4) return null;
  if (Number(first) > 12) return "dmy";
  return Number(second) > 12 ? "mdy" : "ambiguous";
}

/**
 * A date, and perhaps a time behind it, as ISO 8601 writes it. What is not understood is given
 * back as it is: whoever reads it will refuse it.
 */
export function isoDateText(text: string, order: DateOrder): string {
  if (isoPattern.test(text)) return text;
  const parts = numberParts(text, order) ?? namedParts(text);
  return (parts === null ? null : iso(parts)) ?? text;
}

/** The parts of `11/24/2025` and its like, or null. */
function numberParts(text: string, order: DateOrder): DateParts | null {
  const [, first = "", , second = "", last = "", rest = ""] = numbersPattern.exec(text) ?? [];
  if (first.length === 4) return { year: first, month: second, day: last, rest };
  if (last.length !== 4) return null;
  const [month, day] = order === "dmy" ? [second, first] : [first, second];
  return { year: last, month, day, rest };
}

/** The parts of `Nov 24, 2025` and `24-Nov-2025`, or null. */
function namedParts(text: string): DateParts | null {
  const [, name = "", day = "", year = "", rest = ""] = monthFirstPattern.exec(text) ?? [];
  if (name !== "") return { year, month: monthOf(name), day, rest };
  const [, first = "", month = "", last = "", behind = ""] = dayFirstPattern.exec(text) ?? [];
  return month === "" ? null : { year: last, month: monthOf(month), day: first, rest: behind };
}

interface DateParts {
  readonly year: string;
  readonly month: string;
  readonly day: string;
  /** What stands behind the date. */
  readonly rest: string;
}

function iso({ year, month, day, rest }: DateParts): string | null {
  if (month === "") return null;
  const clock = isoClock(rest.trimEnd());
  if (clock === null) return null;
  return `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}${clock}`;
}

function isoClock(text: string): string | null {
  if (text === "") return "";
  const match = clockPattern.exec(text);
  if (match === null) return null;
  const [, hourText = "", minute = "", second = "", half] = match;
  const hour = Number(hourText);
  if (half === undefined) return ` ${hourText.padStart(2, "0")}:${minute}${second}`;
  if (hour < 1 || hour > 12) return null;
  const hours = (hour % 12) + (half.toUpperCase() === "P" ? 12 : 0);
  return ` ${String(hours).padStart(2, "0")}:${minute}${second}`;
}

/** The number of an English month's name, or of its beginning; "" for anything else. */
function monthOf(name: string): string {
  const at = months.indexOf(name.slice(0, 3).toLowerCase());
  return at === -1 ? "" : String(at + 1);
}
