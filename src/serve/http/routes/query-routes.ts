import { utf8 } from "../../../base/bytes.ts";
import { z } from "../../../base/schema.ts";
import type { QueryValue } from "../../../parquet/query-value.ts";
import { queryAnswer, queryRequest, schemaAnswer, type QueryCell } from "../../api/query.ts";
import type { Backend } from "../../backend.ts";
import { csvOf } from "../csv.ts";
import { noBody, nothing, route, type Route } from "../route.ts";

/** From the start until the last row is read. */
const timeoutMs = 30_000;
/** Of an answer's rows as JSON. */
const bytesMax = 16 * 1024 * 1024;
const viewRow = z.tuple([z.string(), z.string(), z.string()]);
const views = [
  "bars",
  "complete_bars",
  "bar_revisions",
  "certificates",
  "symbols",
  "sessions",
  "index_members",
];

export function queryRoutes(backend: Backend): readonly Route[] {
  return [ownQuery(backend), schema(backend)];
}

function ownQuery(backend: Backend): Route {
  return route({
    method: "post",
    path: "/api/v1/query",
    tag: "SQL",
    summary: "One SELECT over silver's views, as egx query takes it",
    params: nothing,
    query: nothing,
    body: queryRequest,
    answer: queryAnswer,
    files: ["text/csv"],
    cached: false,
    handle: async ({ body: { sql, limit, format }, signal }) =>
      backend.silver.use(async (snapshot) =>
        snapshot.withOwnSession(async (query) => {
          const { clock } = backend.options;
          const startedMs = clock.monotonicMs();
          const limitRows = format === "csv" ? limit : limit + 1;
          const result = await query.run(sql, { limitRows, timeoutMs, signal });
          if (format === "csv") {
            const bytes = utf8(await csvOf(result, backend.mode()));
            return { bytes, type: "text/csv; charset=utf-8", fileName: "query.csv" };
          }
          const { rows, cut } = await read(result.batches, limit);
          const columns = result.columns.map(({ name, type }) => ({ name, type }));
          const milliseconds = Math.round(clock.monotonicMs() - startedMs);
          return { json: { mode: backend.mode(), columns, rows, cut, milliseconds } };
        }),
      ),
  });
}

async function read(
  batches: AsyncIterable<readonly (readonly QueryValue[])[]>,
  limit: number,
): Promise<{ readonly rows: QueryCell[][]; readonly cut: boolean }> {
  const rows: QueryCell[][] = [];
  let bytes = 0;
  for await (const batch of batches) {
    for (const row of batch) {
      bytes += JSON.stringify(row).length;
      if (rows.length >= limit || bytes > bytesMax) return { rows, cut: true };
      rows.push(row.map(cellOf));
    }
  }
  return { rows, cut: false };
}

function cellOf(value: QueryValue): QueryCell {
  if (value === null || typeof value !== "object") return value;
  return isList(value) ? [...value] : { ...value };
}

function isList(value: QueryValue): value is readonly QueryValue[] {
  return Array.isArray(value);
}

function schema(backend: Backend): Route {
  return route({
    method: "get",
    path: "/api/v1/query/schema",
    tag: "SQL",
    summary: "The views that a query may read, with their columns",
    params: nothing,
    query: nothing,
    body: noBody,
    answer: schemaAnswer,
    cached: true,
    handle: async () =>
      backend.silver.use(async (snapshot) => {
        const found = [];
        for (const name of views) {
          const rows = await snapshot.rows(
            `SELECT column_name, column_type, '' FROM (DESCRIBE ${name})`,
            viewRow,
          );
          found.push({ name, columns: rows.map(([column, type]) => ({ name: column, type })) });
        }
        return { json: { views: found } };
      }),
  });
}
