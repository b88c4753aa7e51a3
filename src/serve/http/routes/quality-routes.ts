import { z } from "../../../base/schema.ts";
import {
  certificatesAnswer,
  gapsAnswer,
  matrixAnswer,
  qualitySummaryAnswer,
} from "../../api/quality.ts";
import type { Backend } from "../../backend.ts";
import { readCertificates } from "../../data/certificate-rows.ts";
import { qualityCounts } from "../../data/quality-counts.ts";
import { readMatrix } from "../../data/quality-matrix.ts";
import {
  checkedRange,
  dateInput,
  intervalInput,
  intervalOf,
  limitInput,
  pageOf,
  skipInput,
  symbolInput,
} from "../inputs.ts";
import { noBody, nothing, route, type Route } from "../route.ts";

/** A year of sessions and some. */
const matrixDaysMax = 800;
const matrixDaysDefault = 90;

export function qualityRoutes(backend: Backend): readonly Route[] {
  return [summary(backend), matrix(backend), gaps(backend), certificates(backend)];
}

function summary(backend: Backend): Route {
  return route({
    method: "get",
    path: "/api/v1/quality/summary",
    tag: "Quality",
    summary: "How complete the bars are, by interval",
    params: nothing,
    query: nothing,
    body: noBody,
    answer: qualitySummaryAnswer,
    cached: false,
    handle: async () =>
      backend.silver.use(async (silver) => {
        const { intervals, certifiedAt } = await qualityCounts(silver);
        const open = (await backend.gaps.gaps()).filter(({ closing }) => closing === null);
        const letters = (await backend.letters.lines()).filter(({ end }) => end === null);
        return {
          json: {
            mode: backend.mode(),
            intervals: [...intervals],
            gapsOpen: open.length,
            deadLettersOpen: letters.length,
            certifiedAt,
          },
        };
      }),
  });
}

function matrix(backend: Backend): Route {
  return route({
    method: "get",
    path: "/api/v1/quality/matrix",
    tag: "Quality",
    summary: "Symbols by sessions, as runs of one state",
    params: nothing,
    query: z.strictObject({
      interval: intervalInput.default("1d"),
      from: dateInput.optional(),
      to: dateInput.optional(),
    }),
    body: noBody,
    answer: matrixAnswer,
    cached: true,
    handle: async ({ query }) =>
      backend.silver.use(async (silver) => {
        const to = query.to ?? backend.today();
        const back = Temporal.PlainDate.from(to).subtract({ days: matrixDaysDefault });
        const range = checkedRange(query.from ?? back.toString(), to, matrixDaysMax);
        const asked = { interval: intervalOf(query.interval), ...range };
        const found = await readMatrix(silver, backend.options.calendar, asked);
        return { json: { mode: backend.mode(), ...found } };
      }),
  });
}

function gaps(backend: Backend): Route {
  return route({
    method: "get",
    path: "/api/v1/quality/gaps",
    tag: "Quality",
    summary: "Holes that were seen, and what became of them; newest first",
    params: nothing,
    query: z.strictObject({
      state: z.enum(["open", "closed", "all"]).default("open"),
      symbol: symbolInput.optional(),
      limit: limitInput(100, 1_000),
      cursor: skipInput,
    }),
    body: noBody,
    answer: gapsAnswer,
    cached: false,
    handle: async ({ query: { state, symbol, limit, cursor } }) => {
      const found = (await backend.gaps.gaps()).filter((gap) => {
        const wanted = state === "all" || (gap.closing === null) === (state === "open");
        return wanted && (symbol === undefined || gap.symbol === symbol);
      });
      const { page, next } = pageOf(found, cursor, limit);
      return { json: { mode: backend.mode(), gaps: [...page], next } };
    },
  });
}

function certificates(backend: Backend): Route {
  return route({
    method: "get",
    path: "/api/v1/quality/certificates",
    tag: "Quality",
    summary: "What is certified of each symbol and session, newest first",
    params: nothing,
    query: z.strictObject({
      symbol: symbolInput.optional(),
      interval: intervalInput.optional(),
      from: dateInput.optional(),
      to: dateInput.optional(),
      state: z.enum(["complete", "degraded", "pending", "missing"]).optional(),
      limit: limitInput(100, 1_000),
      cursor: skipInput,
    }),
    body: noBody,
    answer: certificatesAnswer,
    cached: true,
    handle: async ({ query: { symbol, interval, from, to, state, limit, cursor } }) =>
      backend.silver.use(async (silver) => {
        const skip = Number(cursor ?? 0);
        const found = await readCertificates(silver, {
          symbol,
          interval: interval === undefined ? undefined : intervalOf(interval),
          from,
          to,
          states: state === undefined ? undefined : [state],
          skip,
          limit: limit + 1,
        });
        const next = found.length > limit ? String(skip + limit) : null;
        const page = found.slice(0, limit);
        return { json: { mode: backend.mode(), certificates: page, next } };
      }),
  });
}
