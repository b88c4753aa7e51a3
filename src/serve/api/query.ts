import { z } from "../../base/schema.ts";
import { provenance } from "./common.ts";

export const queryRowsMax = 1_000;

/** One SELECT over bars, bar_revisions, symbols, sessions, certificates … as `egx query` takes it. */
export const queryRequest = z
  .strictObject({
    sql: z.string().min(1).max(100_000),
    /** Rows after which the answer is cut. */
    limit: z.int().min(1).max(queryRowsMax).default(queryRowsMax),
    format: z.enum(["json", "csv"]).default("json"),
  })
  .meta({ id: "QueryRequest" });
export type QueryRequest = z.input<typeof queryRequest>;

/** A value of an answer: a list or a structure as JSON has them. */
export const queryCell = z.union([
  z.string(),
  z.number(),
  z.boolean(),
  z.null(),
  z.array(z.unknown()),
  z.record(z.string(), z.unknown()),
]);
export type QueryCell = z.output<typeof queryCell>;

export const queryAnswer = z
  .object({
    mode: provenance,
    columns: z.array(z.object({ name: z.string(), type: z.string() })),
    /** One array a row: text, numbers, booleans, null, lists and structures. */
    rows: z.array(z.array(queryCell)),
    /** Whether there are more rows than `limit`. */
    cut: z.boolean(),
    milliseconds: z.number(),
  })
  .meta({ id: "Query" });
export type QueryAnswer = z.output<typeof queryAnswer>;

/** The views that a query may read. */
export const schemaAnswer = z
  .object({
    views: z.array(
      z.object({
        name: z.string(),
        columns: z.array(z.object({ name: z.string(), type: z.string() })),
      }),
    ),
  })
  .meta({ id: "QuerySchema" });
export type SchemaAnswer = z.output<typeof schemaAnswer>;
