import { EgxError } from "../../base/errors.ts";
import { z } from "../../base/schema.ts";
import { intervalCode } from "../api/common.ts";
import { eventSchemas, type EventName } from "../api/events.ts";
import type { Backend } from "../backend.ts";
import { EventStream, type StreamFilter } from "../live/event-stream.ts";
import { parsePosition } from "../live/position.ts";
import { StreamWriter } from "../live/stream-writer.ts";
import type { RequestContext } from "./framework.ts";
import { safetyHeaders } from "./headers.ts";
import { symbolInput } from "./inputs.ts";
import { badRequest } from "./problem.ts";
import { noBody, nothing, route, type Route } from "./route.ts";

const listMax = 400;
/** Told in any case: what a stream is about itself. */
const always: readonly EventName[] = ["heartbeat", "reset", "close"];
const asked = ["bar", "status", "pipeline", "silver"] as const;

const query = z.strictObject({
  symbols: z.string().max(8_000).optional().meta({
    description: "Only bars of these: COMI,ETEL. Default: all.",
  }),
  intervals: z.string().max(60).optional().meta({
    description: "Only bars of these lengths: 1m,1d. Default: all.",
  }),
  kinds: z.string().max(60).default("bar,status,silver").meta({
    description: "Which events: bar, status, silver, pipeline.",
  }),
  since: z.string().max(20_000).optional().meta({
    description: "A position or an event's id: everything after it comes. Default: from now on.",
  }),
});

/** The route of events, for the document; {@link openStream} answers it. */
export const eventRoute: Route = route({
  method: "get",
  path: "/api/v1/events",
  tag: "Live",
  summary: "Live bars, state and news as server-sent events (text/event-stream)",
  description:
    "The data of each event is one line of JSON: " +
    `${Object.keys(eventSchemas).join(", ")}. Every bar has the log's position as its id; with ` +
    "Last-Event-ID, which browsers send by themselves, or `since` a stream goes on exactly there, " +
    "also when the server was started anew. `reset` says that this was not possible.",
  params: nothing,
  query,
  body: noBody,
  answer: z.string().meta({ description: "The stream, as text/event-stream." }),
  files: ["text/event-stream"],
  cached: false,
  handle: async () => {
    throw new EgxError("E_INTERNAL", "events are streamed");
  },
});

/**
 * Begins a stream of events on the connection itself, so that a slow reader is seen as one.
 * @throws E_HTTP_REQUEST, E_HTTP_BUSY.
 */
export function openStream(backend: Backend, context: RequestContext): void {
  const given = Object.fromEntries(new URL(context.req.url).searchParams);
  const parsed = query.safeParse(given);
  if (!parsed.success) throw badRequest(parsed.error.issues[0]?.message ?? "is not understood");
  const filter = filterOf(parsed.data);
  const since = context.req.header("last-event-id") ?? parsed.data.since ?? "";
  if (since !== "" && parsePosition(since) === null) {
    throw badRequest("since is no position of ours");
  }
  const { hub, tail } = backend;
  if (!hub.hasRoom) throw new EgxError("E_HTTP_BUSY", "there are too many readers of events");
  const { incoming, outgoing } = context.env;
  if (incoming.method !== "GET") {
    throw new EgxError("E_HTTP_METHOD", "events are read with GET", { details: { allow: "GET" } });
  }
  outgoing.writeHead(200, {
    ...safetyHeaders,
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
  });
  outgoing.flushHeaders();
  // Reconnecting browsers wait this long, in milliseconds.
  outgoing.write("retry: 1000\n\n");
  const writer = new StreamWriter(outgoing, backend.options.clock);
  const stream = new EventStream(writer, { filter, tail, since: since === "" ? null : since });
  outgoing.on("close", () => hub.remove(stream));
  hub.add(stream);
  if (filter.kinds.has("status")) writer.send("status", backend.status(), null);
  if (filter.kinds.has("pipeline")) writer.send("pipeline", backend.pipeline(), null);
}

function filterOf({ symbols, intervals, kinds }: z.output<typeof query>): StreamFilter {
  const names = symbols === undefined ? null : listOf(symbolInput, symbols, "symbols");
  const codes = intervals === undefined ? null : listOf(intervalCode, intervals, "intervals");
  const chosen = listOf(z.enum(asked), kinds, "kinds");
  const key = [[...(names ?? ["*"])].toSorted(), [...(codes ?? ["*"])].toSorted()].join(";");
  const all = new Set<EventName>([...chosen, ...always]);
  return { symbols: names, intervals: codes, kinds: all, key: chosen.has("bar") ? key : "none" };
}

function listOf<T extends string>(
  schema: z.ZodType<T>,
  text: string,
  what: string,
): ReadonlySet<T> {
  const parts = text.split(",").map((part) => part.trim());
  if (parts.length > listMax) throw badRequest(`${what} are at most ${listMax}`);
  const parsed = parts.map((part) => schema.safeParse(part).data);
  const known = parsed.filter((part) => part !== undefined);
  if (known.length < parts.length) throw badRequest(`${what} has something that is none`);
  return new Set(known);
}
