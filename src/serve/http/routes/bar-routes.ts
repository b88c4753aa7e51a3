import { readFile } from "node:fs/promises";
import path from "node:path";
import { utf8 } from "../../../base/bytes.ts";
import { z } from "../../../base/schema.ts";
import { trace, type TracedRevision } from "../../../quality/trace.ts";
import { cellText } from "../../../parquet/query-value.ts";
import { makeScratchFolder } from "../../../parquet/scratch-folder.ts";
import {
  barsAnswer,
  revisionsAnswer,
  traceAnswer,
  type Lineage,
  type SessionGap,
} from "../../api/bars.ts";
import { adjustment } from "../../api/common.ts";
import type { Backend } from "../../backend.ts";
import { exportSelect, readBars, type BarPage, type BarsAsked } from "../../data/bar-rows.ts";
import { readRevisions } from "../../data/revision-rows.ts";
import { readGaps } from "../../data/session-gaps.ts";
import type { SilverSnapshot } from "../../data/silver-snapshot.ts";
import { heldSymbols, summaryOf } from "../../data/symbol-facts.ts";
import { csvOf } from "../csv.ts";
import {
  checkedRange,
  dateInput,
  epochMsOf,
  instantInput,
  intervalInput,
  intervalOf,
  limitInput,
  symbolInput,
  toggleInput,
} from "../inputs.ts";
import { noBody, route, type Reply, type Route } from "../route.ts";
import { unknownSymbol } from "./symbol-routes.ts";

const barsMax = 10_000;
const exportRowsMax = 200_000;
const daysMax = 40_000;
const exportTimeoutMs = 25_000;

const ofSymbol = z.strictObject({ symbol: symbolInput });
const range = {
  interval: intervalInput.default("1d"),
  from: dateInput.optional(),
  to: dateInput.optional(),
  cursor: instantInput.optional().meta({ description: "`next` of the page before." }),
};
const barsQuery = z.strictObject({
  ...range,
  asOf: instantInput.optional().meta({ description: "Bars as they were known then." }),
  adjusted: adjustment.optional().meta({
    description: "Another series than the one that silver has chosen.",
  }),
  complete: toggleInput.default(false).meta({
    description: "Only sessions that are certified to be complete.",
  }),
  limit: limitInput(2_000, barsMax),
  format: z.enum(["json", "csv", "parquet"]).default("json"),
});
type BarsQuery = z.output<typeof barsQuery>;

export function barRoutes(backend: Backend): readonly Route[] {
  return [barList(backend), revisionList(backend), lineageOfBar(backend)];
}

function barList(backend: Backend): Route {
  return route({
    method: "get",
    path: "/api/v1/symbols/{symbol}/bars",
    tag: "Bars",
    summary: "Bars with their gaps, and the position from which live bars go on",
    description:
      "A page has the newest `limit` bars of the range, oldest first; `next` leads to older ones. " +
      `CSV and Parquet give the whole range at once, up to ${exportRowsMax} rows.`,
    params: ofSymbol,
    query: barsQuery,
    body: noBody,
    answer: barsAnswer,
    files: ["text/csv", "application/vnd.apache.parquet"],
    cached: true,
    handle: async ({ params: { symbol }, query, signal }) =>
      backend.silver.use(async (snapshot) => {
        await checkKnown(snapshot, symbol);
        const asked = barsAsked(symbol, query);
        if (query.format === "json") return pageOfBars({ backend, snapshot }, asked, query);
        if (query.format === "csv") return csvFile({ backend, snapshot }, asked, signal);
        return parquetFile({ backend, snapshot }, asked, signal);
      }),
  });
}

interface Place {
  readonly backend: Backend;
  readonly snapshot: SilverSnapshot;
}

function barsAsked(symbol: string, query: BarsQuery): BarsAsked {
  const { interval, from, to, cursor, asOf, adjusted, complete } = query;
  if (from !== undefined && to !== undefined) checkedRange(from, to, daysMax);
  return {
    symbol,
    interval: intervalOf(interval),
    from,
    to,
    beforeMs: cursor === undefined ? undefined : (epochMsOf(cursor) ?? undefined),
    asOfMs: asOf === undefined ? undefined : (epochMsOf(asOf) ?? undefined),
    adjusted,
    complete,
  };
}

async function pageOfBars(
  { backend, snapshot }: Place,
  asked: BarsAsked,
  query: BarsQuery,
): Promise<Reply<z.output<typeof barsAnswer>>> {
  const { symbol, interval } = asked;
  const page = await readBars(snapshot, asked, query.limit);
  const { bars, currency, more } = page;
  const gaps = await gapsOf({ backend, snapshot }, asked, page);
  return {
    json: {
      mode: backend.mode(),
      symbol,
      interval: interval.code,
      currency,
      asOf: query.asOf ?? null,
      bars: [...bars],
      gaps: [...gaps],
      next: more ? (bars[0]?.time ?? null) : null,
      position: backend.position(snapshot.state),
    },
  };
}

/** The gaps of a page: of what was asked for where the page reaches its edge, else of its bars. */
async function gapsOf(
  { backend, snapshot }: Place,
  { symbol, interval, from, to, beforeMs }: BarsAsked,
  { bars, more }: BarPage,
): Promise<readonly SessionGap[]> {
  const [oldest, newest] = [bars[0]?.date, bars.at(-1)?.date];
  const first = more ? oldest : (from ?? oldest);
  const last = beforeMs === undefined ? (to ?? newest) : newest;
  if (first === undefined || last === undefined) return [];
  const asked = { symbol, interval, from: first, to: notLater(last, backend) };
  return readGaps(snapshot, backend.options.calendar, asked, bars);
}

/** Of what is to come nothing is missing yet. */
function notLater(date: string, backend: Backend): string {
  const today = backend.today();
  return date < today ? date : today;
}

async function csvFile(
  { backend, snapshot }: Place,
  asked: BarsAsked,
  signal: AbortSignal,
): Promise<Reply<never>> {
  const sql = exportSelect(snapshot, asked, exportRowsMax);
  const text = await snapshot.withOwnSession(async (query) => {
    const result = await query.run(sql, { timeoutMs: exportTimeoutMs, signal });
    return csvOf(result, backend.mode());
  });
  return { bytes: utf8(text), type: "text/csv; charset=utf-8", fileName: fileName(asked, "csv") };
}

async function parquetFile(
  { backend, snapshot }: Place,
  asked: BarsAsked,
  signal: AbortSignal,
): Promise<Reply<never>> {
  const { data, feed } = backend.mode();
  const facts = `${cellText(data)}' AS data, '${(feed ?? "").replaceAll("'", "''")}' AS feed`;
  const sql = `SELECT *, '${facts} FROM (${exportSelect(snapshot, asked, exportRowsMax)})`;
  await using folder = await makeScratchFolder(backend.options.scratchFolder, "query");
  const file = path.join(folder.path, "bars.parquet");
  await snapshot.withOwnSession((query) =>
    query.writeParquet(sql, file, { timeoutMs: exportTimeoutMs, signal }),
  );
  const bytes = await readFile(file);
  const type = "application/vnd.apache.parquet";
  return { bytes, type, fileName: fileName(asked, "parquet") };
}

function fileName({ symbol, interval }: BarsAsked, extension: string): string {
  return `${symbol}-${interval.code}.${extension}`;
}

function revisionList(backend: Backend): Route {
  return route({
    method: "get",
    path: "/api/v1/symbols/{symbol}/revisions",
    tag: "Bars",
    summary: "All versions of the bars that have more than one",
    params: ofSymbol,
    query: z.strictObject({ ...range, limit: limitInput(100, 1_000) }),
    body: noBody,
    answer: revisionsAnswer,
    cached: true,
    handle: async ({ params: { symbol }, query }) =>
      backend.silver.use(async (snapshot) => {
        await checkKnown(snapshot, symbol);
        const interval = intervalOf(query.interval);
        const { from, to, cursor, limit } = query;
        const beforeMs = cursor === undefined ? undefined : (epochMsOf(cursor) ?? undefined);
        const asked = { symbol, interval, from, to, beforeMs };
        const { revisions, nextMs } = await readRevisions(snapshot, asked, limit);
        const next = nextMs === null ? null : new Date(nextMs).toISOString();
        const facts = { mode: backend.mode(), symbol, interval: interval.code };
        return { json: { ...facts, revisions: [...revisions], next } };
      }),
  });
}

function lineageOfBar(backend: Backend): Route {
  return route({
    method: "get",
    path: "/api/v1/symbols/{symbol}/trace",
    tag: "Bars",
    summary: "Where a bar came from: object, line, ledger entry and offset of every version",
    params: ofSymbol,
    query: z.strictObject({ interval: intervalInput.default("1d"), time: instantInput }),
    body: noBody,
    answer: traceAnswer,
    cached: false,
    handle: async ({ params: { symbol }, query }) => {
      const interval = intervalOf(query.interval);
      const { lake, scratchFolder, clock } = backend.options;
      const startMs = epochMsOf(query.time) ?? 0;
      const traced = await backend.oneAtATime(() =>
        trace({ lake, scratchFolder, clock }, { symbol, interval, at: { startMs } }),
      );
      const versions = traced.map(lineageOf);
      return { json: { mode: backend.mode(), symbol, interval: interval.code, versions } };
    },
  });
}

function lineageOf({ proof, ...revision }: TracedRevision): Lineage {
  const { datetime: time, close, final, source, ingested: received, counts } = revision;
  const { object, line, entry, offset, load, digest, text } = proof;
  const place = { object, line, entry, offset, load, digest, text };
  return { time, close, final, source, received, counts, ...place };
}

async function checkKnown(snapshot: SilverSnapshot, symbol: string): Promise<void> {
  const held = (await heldSymbols(snapshot)).get(symbol);
  if (summaryOf(symbol, held) === null) throw unknownSymbol(symbol);
}
