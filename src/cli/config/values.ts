import { EgxError, messageOf } from "../../base/errors.ts";
import { nearest } from "../../base/nearest.ts";
import { z } from "../../base/schema.ts";
import type { AcceptedLoss } from "../../consumer/options.ts";
import { parseDateTime } from "../../market/date-time.ts";
import { parseInterval, type Interval } from "../../market/interval.ts";
import { parseSymbolList } from "../../market/symbol.ts";
import { indexMembers, indexNames } from "../../market/universe.ts";

/** How a setting's text becomes its value. Texts come from flags, the environment and defaults. */
export type Value<T> = z.ZodType<T, string>;

/** Any text but the empty one. */
export const text: Value<string> = parsed((given) => {
  if (given.trim() === "") throw wrong("must not be empty");
  return given;
});

/** A switch: set by its flag alone; the environment says true or false. */
export const toggle: Value<boolean> = parsed((given) => {
  const folded = given.toLowerCase();
  if (["true", "1", "yes", "on"].includes(folded)) return true;
  if (["false", "0", "no", "off", ""].includes(folded)) return false;
  throw wrong(`must be true or false, not ${quoted(given)}`);
});

/** A service's address, `https://host`, without name and password: addresses are told in errors. */
export const serviceAddress: Value<string> = parsed((given) => {
  const url = URL.parse(given);
  const plain = url?.username === "" && url.password === "";
  if (plain && (url.protocol === "https:" || url.protocol === "http:")) return given;
  throw wrong("must be https://host or http://host, without name and password");
});

/** One of a few words, spelt exactly. */
export function choice<const C extends string>(...known: readonly C[]): Value<C> {
  return parsed((given) => oneOf(known, given));
}

/** Some of a few words, in an order of one's own: `none,splits`. */
export function choices<const C extends string>(...known: readonly C[]): Value<readonly C[]> {
  return parsed((given) => given.split(",").map((word) => oneOf(known, word)));
}

function oneOf<C extends string>(known: readonly C[], given: string): C {
  const found = known.find((word) => word === given);
  if (found !== undefined) return found;
  throw wrong(
    `${quoted(given)} is not known; did you mean ${nearest(given, known) ?? ""}? ` +
      `Known: ${known.join(", ")}`,
  );
}

/** Kinds of source, best first; `=` joins equals: `tradingview,kaggle=csv`. */
export const sourceRank: Value<readonly (readonly string[])[]> = parsed((given) => {
  const groups = given.split(",").map((group) => group.split("="));
  if (groups.flat().every((kind) => /^[a-z][a-z0-9_-]*$/.test(kind))) return groups;
  throw wrong(`must be kinds of source such as tradingview,kaggle=csv,yahoo, not ${quoted(given)}`);
});

/** A whole number of at least `min`. */
export function wholeNumber(min: number, max: number = Number.MAX_SAFE_INTEGER): Value<number> {
  return parsed((given) => numberWithin(given, /^\d+$/, { min, max, what: "a whole number" }));
}

/** A decimal number of more than 0. */
export const positiveNumber: Value<number> = parsed((given) => {
  const value = numberWithin(given, decimal, { min: 0, max: 1e9, what: "a number" });
  if (value === 0) throw wrong("must be more than 0");
  return value;
});

/** Seconds on the outside, milliseconds inside. Fractions are allowed. */
export function seconds(min: number): Value<number> {
  const bounds = { min, max: 1e9, what: "a number of seconds" };
  return parsed((given) => Math.round(numberWithin(given, decimal, bounds) * 1_000));
}

/** A date of the exchange, `2025-11-24`. */
export const date: Value<Temporal.PlainDate> = parsed((given) => {
  try {
    if (/^\d{4}-\d{2}-\d{2}$/.test(given)) return Temporal.PlainDate.from(given);
  } catch (error) {
    throw wrong(`there is no day ${quoted(given)}`, error);
  }
  throw wrong(`must be a date such as 2025-11-24, not ${quoted(given)}`);
});

/** A point in time: an ISO 8601 time with its offset, or a date, which means its end in Cairo. */
export const instant: Value<Temporal.Instant> = parsed((given) => {
  try {
    if (/^\d{4}-\d{2}-\d{2}$/.test(given)) {
      const next = Temporal.PlainDate.from(given).add({ days: 1 });
      return next.toZonedDateTime("Africa/Cairo").toInstant().subtract({ milliseconds: 1 });
    }
    return Temporal.Instant.from(given);
  } catch (error) {
    const examples = "2025-11-24 or 2025-11-24T14:30:00+02:00";
    throw wrong(
      `must be a date or a time with its offset (${examples}), not ${quoted(given)}`,
      error,
    );
  }
});

/** A time in Cairo that is asked about. */
export type AskedTime =
  | { readonly kind: "now" }
  | { readonly kind: "date"; readonly date: Temporal.PlainDate }
  | { readonly kind: "time"; readonly epochMs: number };

/** `now`, a date, or a time, which is Cairo's when it has no offset. */
export const askedTime: Value<AskedTime> = parsed((given) => {
  if (given === "now") return { kind: "now" };
  const time = parseDateTime(given);
  const examples = "now, 2025-11-24 or 2025-11-24T11:00";
  if (time === null) throw wrong(`must be ${examples}, not ${quoted(given)}`);
  if (given.length === 10) return { kind: "date", date: Temporal.PlainDate.from(given) };
  if (time.startMs !== null) return { kind: "time", epochMs: time.startMs };
  throw wrong(`${quoted(given)} does not exist: daylight saving skips it in Cairo`);
});

/** A month, `2026-03`. */
export function parseMonth(given: string): Temporal.PlainYearMonth {
  if (/^\d{4}-(0[1-9]|1[0-2])$/.test(given)) return Temporal.PlainYearMonth.from(given);
  throw wrong(`${quoted(given)} is no month; write it as 2026-03`);
}

/** A bar's length by its name or code. */
export const interval: Value<Interval> = parsed(parseInterval);

/** Tickers, all that the feed knows, or the newest members of an index. */
export const symbols: Value<readonly string[] | "all"> = parsed((given) => {
  if (given === "all") return "all";
  const index = indexNames.find((name) => name.toLowerCase() === given);
  const members = index === undefined ? null : indexMembers(index);
  if (members !== null) return members.symbols;
  if (/^egx\d*$/.test(given)) {
    const known = indexNames.map((name) => name.toLowerCase()).join(", ");
    throw wrong(`${quoted(given)} is no index whose members are known; known: ${known}`);
  }
  return parseSymbolList(given);
});

/** `TOPIC/3:120-180`, several of them separated by commas. */
export const losses: Value<readonly AcceptedLoss[]> = parsed((given) =>
  given === "" ? [] : given.split(",").map(parseLoss),
);

/** So long that the name of the topic of dead letters, `.dlq` added, is one that Kafka takes. */
const topicLengthMax = 245;

/** A topic's name: one that Kafka takes, and that is a plain segment of the lake's keys. */
export function parseTopic(given: string): string {
  const plain = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(given) && given.length <= topicLengthMax;
  if (plain) return given;
  throw wrong(
    `${quoted(given)} is no name of a topic: 1 to ${topicLengthMax} of [A-Za-z0-9._-], ` +
      "beginning with a letter, a digit or _",
  );
}

export const topic: Value<string> = parsed(parseTopic);

/** A key prefix inside the lake; ends with a slash. */
export const keyPrefix: Value<string> = parsed((given) => {
  const segments = given.split("/");
  const plain = segments
    .slice(0, -1)
    .every((segment) => /^[A-Za-z0-9._=-]+$/.test(segment) && !/^\.\.?$/.test(segment));
  if (segments.length > 1 && segments.at(-1) === "" && plain && !given.startsWith("_"))
    return given;
  throw wrong(
    `must be plain segments that end with a slash, such as streaming/, not ${quoted(given)}`,
  );
});

function parseLoss(given: string): AcceptedLoss {
  const match = /^([A-Za-z0-9._-]+)\/(\d{1,9}):(\d{1,15})-(\d{1,15})$/.exec(given.trim());
  if (match === null) {
    throw wrong(`must be TOPIC/PARTITION:FIRST-LAST, such as egx_market_data/3:120-180`);
  }
  const [, topic = "", partition, first, last] = match;
  if (Number(first) > Number(last)) throw wrong(`${quoted(given)} ends before it begins`);
  return { topic, partition: Number(partition), first: Number(first), last: Number(last) };
}

const decimal = /^\d+(\.\d+)?$/;

interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly what: string;
}

function numberWithin(given: string, shape: RegExp, { min, max, what }: Bounds): number {
  const value = shape.test(given) ? Number(given) : Number.NaN;
  if (Number.isNaN(value)) throw wrong(`must be ${what}, not ${quoted(given)}`);
  if (value < min) throw wrong(`must be at least ${min}, not ${given}`);
  if (value > max) throw wrong(`must be at most ${max}, not ${given}`);
  return value;
}

/** A value of one's own: what `parse` throws is what is wrong with the text. */
export function parsed<T>(parse: (given: string) => T): Value<T> {
  return z.string().transform((given, context): T => {
    try {
      return parse(given);
    } catch (error) {
      context.addIssue({ code: "custom", message: messageOf(error), input: given });
      return z.NEVER;
    }
  });
}

function wrong(problem: string, cause?: unknown): EgxError {
  return new EgxError("E_USAGE", problem, { cause });
}

function quoted(given: string): string {
  return JSON.stringify(given.length > 80 ? `${given.slice(0, 80)}…` : given);
}
