import { EgxError } from "../../../base/errors.ts";
import { z } from "../../../base/schema.ts";
import {
  deadLetterAnswer,
  deadLettersAnswer,
  pipelineAnswer,
  replayAnswer,
  replayRequest,
} from "../../api/pipeline.ts";
import { statusAnswer } from "../../api/status.ts";
import type { Backend, LettersAsked } from "../../backend.ts";
import { limitInput, pageOf, skipInput } from "../inputs.ts";
import { badRequest } from "../problem.ts";
import { noBody, nothing, route, type Route } from "../route.ts";

const letterIdPattern = /^([0-9a-f]{8})\/(\d{1,9}):(\d{1,15})$/;

export function pipelineRoutes(backend: Backend): readonly Route[] {
  return [
    status(backend),
    pipeline(backend),
    letterList(backend),
    letter(backend),
    replay(backend),
  ];
}

function status(backend: Backend): Route {
  return route({
    method: "get",
    path: "/api/v1/status",
    tag: "State",
    summary: "What every page shows: what the data is, the market's phase, how fresh silver is",
    params: nothing,
    query: nothing,
    body: noBody,
    answer: statusAnswer,
    cached: false,
    handle: async () => ({ json: backend.status() }),
  });
}

function pipeline(backend: Backend): Route {
  return route({
    method: "get",
    path: "/api/v1/pipeline",
    tag: "State",
    summary: "The stages with their rates, lag, errors and news",
    params: nothing,
    query: nothing,
    body: noBody,
    answer: pipelineAnswer,
    cached: false,
    handle: async () => ({ json: backend.pipeline() }),
  });
}

function letterList(backend: Backend): Route {
  return route({
    method: "get",
    path: "/api/v1/dead-letters",
    tag: "Dead letters",
    summary: "Records that were no valid bars, newest first",
    params: nothing,
    query: z.strictObject({
      state: z.enum(["open", "closed", "all"]).default("open"),
      code: z.string().max(64).optional(),
      limit: limitInput(100, 1_000),
      cursor: skipInput,
    }),
    body: noBody,
    answer: deadLettersAnswer,
    cached: false,
    handle: async ({ query: { state, code, limit, cursor } }) => {
      const all = await backend.letters.lines();
      const open = all.filter(({ end }) => end === null);
      const byCode: Record<string, number> = {};
      for (const one of open) byCode[one.code] = (byCode[one.code] ?? 0) + 1;
      const wanted = all.filter((one) => {
        const inState = state === "all" || (one.end === null) === (state === "open");
        return inState && (code === undefined || one.code === code);
      });
      const { page, next } = pageOf(wanted, cursor, limit);
      const closed = all.length - open.length;
      return { json: { open: open.length, closed, byCode, letters: [...page], next } };
    },
  });
}

function letter(backend: Backend): Route {
  return route({
    method: "get",
    path: "/api/v1/dead-letters/{log}/{place}",
    tag: "Dead letters",
    summary: "One dead letter whole: log id and partition:offset, as its id has them",
    params: z.strictObject({
      log: z.string().regex(/^[0-9a-f]{8}$/),
      place: z.string().regex(/^\d{1,9}:\d{1,15}$/),
    }),
    query: nothing,
    body: noBody,
    answer: deadLetterAnswer,
    cached: false,
    handle: async ({ params: { log, place } }) => {
      const found = await backend.letters.letter(`${log}/${place}`);
      if (found !== null) return { json: found };
      throw new EgxError("E_HTTP_NOT_FOUND", `there is no dead letter ${log}/${place}`);
    },
  });
}

function replay(backend: Backend): Route {
  return route({
    method: "post",
    path: "/api/v1/dead-letters/replay",
    tag: "Dead letters",
    summary: "Publishes open dead letters again: one, those of a code, or all",
    params: nothing,
    query: nothing,
    body: replayRequest,
    answer: replayAnswer,
    cached: false,
    header: { name: "x-egx-action", value: "replay" },
    handle: async ({ body, signal }) => {
      const run = backend.options.replay;
      if (run === null) {
        throw new EgxError("E_HTTP_NOT_FOUND", "this server has no log to publish to", {
          hint: "Start egx serve with --log, or type egx dlq replay.",
        });
      }
      const { id, code, dryRun } = body;
      const asked: LettersAsked = {
        position: id === undefined ? null : positionOf(id),
        code: code ?? null,
        dryRun,
      };
      const counts = await backend.oneAtATime(() => run(asked, signal));
      backend.letters.forget();
      return { json: { dryRun, ...counts } };
    },
  });
}

function positionOf(id: string): LettersAsked["position"] {
  const [, logId = "", partition, offset] = letterIdPattern.exec(id) ?? [];
  if (logId === "") throw badRequest("the id names no dead letter");
  return { logId, partition: Number(partition), offset: Number(offset) };
}
