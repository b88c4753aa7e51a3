import { intervalByCode, type Interval } from "../../market/interval.ts";
import { isSymbol } from "../../market/symbol.ts";
import { z } from "../../base/schema.ts";
import { intervalCode } from "../api/common.ts";
import { badRequest } from "./problem.ts";

/** What requests may say, each checked before it comes near SQL. */

export const symbolInput = z
  .string()
  .max(32)
  .regex(/^[A-Z0-9][A-Z0-9._-]{0,31}$/)
  .refine(isSymbol)
  .meta({ description: "A ticker.", examples: ["COMI"] });

export const dateInput = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/)
  .refine(isDate, "is no date of 1990-2099")
  .meta({ description: "A date in Cairo.", examples: ["2025-11-24"] });

export const instantInput = z
  .string()
  .max(40)
  .refine((text) => epochMsOf(text) !== null, "is no instant, such as 2025-11-24T08:00:00Z")
  .meta({ description: "An instant with its offset.", examples: ["2025-11-24T08:00:00Z"] });

export const intervalInput = intervalCode;

export const toggleInput = z
  .enum(["true", "false"])
  .transform((text) => text === "true")
  .meta({ description: "true or false" });

/** A number of rows. */
export function limitInput(fallback: number, max: number): z.ZodDefault<z.ZodCoercedNumber> {
  return z.coerce.number().int().min(1).max(max).default(fallback);
}

/** The start of a page: a number of rows to leave out, as `next` gave it. */
export const skipInput = z
  .string()
  .regex(/^\d{1,9}$/)
  .meta({ description: "`next` of the page before." })
  .optional();

/** Milliseconds of an instant of 1990-2099; null for any other text. */
export function epochMsOf(text: string): number | null {
  try {
    const { epochMilliseconds } = Temporal.Instant.from(text);
    const year = new Date(epochMilliseconds).getUTCFullYear();
    return year >= 1990 && year <= 2099 ? epochMilliseconds : null;
  } catch {
    // What Temporal does not understand is no instant.
    return null;
  }
}

/** The interval of a checked code. */
export function intervalOf(code: string): Interval {
  const interval = intervalByCode(code);
  if (interval === undefined) throw badRequest(`there is no interval ${code}`);
  return interval;
}

/** A range of dates that is not upside down. @throws E_HTTP_REQUEST */
export function checkedRange(
  from: string,
  to: string,
  daysMax: number,
): { readonly from: string; readonly to: string } {
  if (from > to) throw badRequest(`from ${from} lies after to ${to}`);
  const { days } = Temporal.PlainDate.from(from).until(Temporal.PlainDate.from(to), {
    largestUnit: "day",
  });
  if (days > daysMax) throw badRequest(`at most ${daysMax} days may be asked for at once`);
  return { from, to };
}

/** A page of a list, and where the next one begins. */
export function pageOf<T>(
  all: readonly T[],
  cursor: string | undefined,
  limit: number,
): { readonly page: readonly T[]; readonly next: string | null } {
  const skip = Number(cursor ?? 0);
  const next = skip + limit < all.length ? String(skip + limit) : null;
  return { page: all.slice(skip, skip + limit), next };
}

function isDate(text: string): boolean {
  try {
    const { year } = Temporal.PlainDate.from(text, { overflow: "reject" });
    return year >= 1990 && year <= 2099;
  } catch {
    // No such day.
    return false;
  }
}
