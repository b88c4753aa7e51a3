import { z } from "../../base/schema.ts";
import type { ApiBar } from "../api/bars.ts";
import { adjustment } from "../api/common.ts";

const price = z.number().nullable();

/** A bar's columns of silver as the engine gives them, in the order of {@link barColumns}. */
export const barFields = [
  z.string(),
  z.string(),
  price,
  price,
  price,
  z.number(),
  price,
  z.boolean(),
  z.string(),
  adjustment,
  z.array(z.string()),
  z.string().nullable(),
  z.string(),
] as const;
const barTuple = z.tuple([...barFields]);

/** The columns in SQL; `of` is the name of what they are taken of, with its dot. */
export function barColumns(of = ""): string {
  const plain = "datetime date open high low close volume final source adjusted suspect".split(" ");
  const offset = `${of}log_id || '/' || ${of}log_partition || ':' || ${of}log_offset`;
  return [
    ...plain.map((name) => `${of}${name}`),
    `CASE WHEN ${of}log_id IS NULL THEN NULL ELSE ${offset} END`,
    `${of}ingestion_timestamp`,
  ].join(", ");
}

/** What a bar and each of its versions tell, of a row that begins with {@link barFields}. */
export function barFacts(
  fields: readonly [...z.output<typeof barTuple>, ...unknown[]],
): Omit<ApiBar, "revisions"> {
  const [time, date, open, high, low, close, volume, final, source, adjusted, ...rest] = fields;
  const [suspect, offset, received] = rest;
  const prices = { open, high, low, close, volume };
  return { time, date, ...prices, final, source, adjusted, suspect, offset, received };
}
