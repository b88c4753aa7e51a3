import { sha256Hex, utf8 } from "../../base/bytes.ts";
import { EgxError, toEgxError } from "../../base/errors.ts";
import type { Backend } from "../backend.ts";
import { AnswerCache, Body } from "./answer-cache.ts";
import { eventRoute, openStream } from "./event-route.ts";
import { addRoute, documentOf, newApp, type App, type RequestContext } from "./framework.ts";
import { safetyHeaders } from "./headers.ts";
import { jsonBody } from "./request-body.ts";
import { addDocument, addHealth, addShell, type ShellOptions } from "./page-routes.ts";
import { problemOf } from "./problem.ts";
import type { Reply, Route } from "./route.ts";
import { barRoutes } from "./routes/bar-routes.ts";
import { calendarRoutes } from "./routes/calendar-routes.ts";
import { marketRoutes } from "./routes/market-routes.ts";
import { pipelineRoutes } from "./routes/pipeline-routes.ts";
import { qualityRoutes } from "./routes/quality-routes.ts";
import { queryRoutes } from "./routes/query-routes.ts";
import { symbolRoutes } from "./routes/symbol-routes.ts";

export interface AppOptions extends ShellOptions {
  /** Told of what went wrong inside. */
  readonly onFailure: (error: EgxError, path: string) => void;
}

/** Bytes of answers that are kept. */
const cacheBytesMax = 64 * 1024 * 1024;
const urlCharactersMax = 10_000;
/** Requests at work at once, streams of events not counted. */
const requestsMax = 256;
const requestTimeoutMs = 35_000;

/** Every route of the API. */
export function routesOf(backend: Backend): readonly Route[] {
  return [
    ...pipelineRoutes(backend).slice(0, 2),
    ...symbolRoutes(backend),
    ...barRoutes(backend),
    ...marketRoutes(backend),
    ...calendarRoutes(backend),
    ...qualityRoutes(backend),
    ...pipelineRoutes(backend).slice(2),
    ...queryRoutes(backend),
    eventRoute,
  ];
}

/** The server while there is no data yet: the dashboard comes, and is told to ask again. */
export function makeStartingApp(options: AppOptions): App {
  const app = newApp();
  guard(app, options);
  addShell(app, options);
  const starting = new EgxError("E_HTTP_BUSY", "the server is starting");
  app.onError((thrown, context) => failed(options, toEgxError(thrown), context));
  app.notFound((context) => failed(options, starting, context));
  return app;
}

/** The whole server as one function of a request. */
export function makeApp(backend: Backend, options: AppOptions): App {
  const app = newApp();
  const answers = new Answers(backend);
  const routes = routesOf(backend);
  const { version, metrics } = backend.options;
  guard(app, options);
  for (const route of routes) {
    addRoute(app, route, async (context) => {
      if (route !== eventRoute) return answers.answer(route, context);
      openStream(backend, context);
      return alreadySent();
    });
  }
  const document = utf8(JSON.stringify(documentOf(app, version)));
  addDocument(app, { routes, document, version });
  addHealth(app, metrics);
  addShell(app, options);
  app.onError((thrown, context) => failed(options, toEgxError(thrown), context));
  app.notFound((context) => failed(options, notFound(routes, context), context));
  return app;
}

/** Checks and limits that hold for every request. */
function guard(app: App, { access }: AppOptions): void {
  let running = 0;
  app.use(async (context, next) => {
    const { method, url, path } = context.req;
    if (url.length > urlCharactersMax) {
      throw new EgxError(
        "E_HTTP_TOO_LARGE",
        `an address has at most ${urlCharactersMax} characters`,
      );
    }
    access.check({ method, path, header: (name) => context.req.header(name) });
    if (running >= requestsMax) throw new EgxError("E_HTTP_BUSY", "too many requests are at work");
    running += 1;
    try {
      await next();
    } finally {
      running -= 1;
    }
    for (const [name, value] of Object.entries(safetyHeaders)) context.header(name, value);
  });
}

/** Tells the server that the answer is on its way by other means. */
function alreadySent(): Response {
  return new Response(null, { headers: { "x-hono-already-sent": "true" } });
}

/** Makes answers, from the cache where they follow from silver alone. */
class Answers {
  readonly #backend: Backend;
  readonly #cache = new AnswerCache(cacheBytesMax);

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  async answer(route: Route, context: RequestContext): Promise<Response> {
    const { header } = route;
    if (header !== null && context.req.header(header.name) !== header.value) {
      throw new EgxError(
        "E_HTTP_FORBIDDEN",
        `the header ${header.name}: ${header.value} is missing`,
      );
    }
    const reply = async (): Promise<Reply<unknown>> => this.#run(route, context);
    const { query } = pathAndQuery(context);
    // Files may be large: each is made for who asks.
    if (!route.cached || (query.get("format") ?? "json") !== "json") {
      return sent(await reply(), context);
    }
    await this.#backend.ready();
    const key = this.#keyOf(context);
    const etag = `W/"${sha256Hex(key).slice(0, 22)}"`;
    if (matches(context.req.header("if-none-match"), etag)) {
      return new Response(null, { status: 304, headers: { etag, "cache-control": "no-cache" } });
    }
    const body = await this.#cache.of(key, async () => {
      const made = await reply();
      return "json" in made ? utf8(JSON.stringify(made.json)) : made.bytes;
    });
    return bodyOf(body, context, { etag, "cache-control": "no-cache" });
  }

  /** Everything that an answer follows from. */
  #keyOf(context: RequestContext): string {
    const { path, query } = pathAndQuery(context);
    query.sort();
    const backend = this.#backend;
    const { digest } = backend.silver;
    const state = [digest, JSON.stringify(backend.mode()), backend.position(), backend.today()];
    return `${state.join(" ")} ${path}?${query.toString()}`;
  }

  async #run(route: Route, context: RequestContext): Promise<Reply<unknown>> {
    const { raw } = context.req;
    const timeout = AbortSignal.timeout(requestTimeoutMs);
    return route.run({
      params: context.req.param(),
      query: pathAndQuery(context).query,
      body: route.method === "post" ? await jsonBody(raw) : undefined,
      signal: AbortSignal.any([raw.signal, timeout, this.#backend.signal]),
    });
  }
}

function pathAndQuery(context: RequestContext): {
  readonly path: string;
  readonly query: URLSearchParams;
} {
  return { path: context.req.path, query: new URL(context.req.url).searchParams };
}

async function sent(reply: Reply<unknown>, context: RequestContext): Promise<Response> {
  if ("json" in reply) {
    const body = new Body(utf8(JSON.stringify(reply.json)));
    return bodyOf(body, context, { "cache-control": "no-store" });
  }
  const { bytes, type, fileName } = reply;
  return new Response(Buffer.from(bytes), {
    headers: {
      "content-type": type,
      "content-disposition": `attachment; filename="${fileName}"`,
      "cache-control": "no-store",
    },
  });
}

async function bodyOf(
  body: Body,
  context: RequestContext,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  const { bytes, encoding } = await body.in(context.req.header("accept-encoding") ?? "");
  return new Response(Buffer.from(bytes), {
    headers: {
      "content-type": "application/json",
      vary: "Accept-Encoding",
      ...(encoding === "identity" ? {} : { "content-encoding": encoding }),
      ...headers,
    },
  });
}

function matches(given: string | undefined, etag: string): boolean {
  return given?.split(",").some((one) => one.trim() === etag) ?? false;
}

function failed(options: AppOptions, error: EgxError, context: RequestContext): Response {
  const problem = problemOf(error);
  const { status } = problem;
  if (status >= 500 && error.code !== "E_HTTP_BUSY") options.onFailure(error, context.req.path);
  const allow = error.details["allow"];
  const wantsPage = context.req.header("accept")?.includes("text/html") ?? false;
  if (status === 401 && wantsPage && context.req.method === "GET") {
    return new Response(null, { status: 303, headers: { ...safetyHeaders, location: "/login" } });
  }
  return new Response(JSON.stringify(problem), {
    status,
    headers: {
      ...safetyHeaders,
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      ...(status === 503 ? { "retry-after": "1" } : {}),
      ...(status === 401 ? { "www-authenticate": "Bearer" } : {}),
      ...(typeof allow === "string" ? { allow } : {}),
    },
  });
}

/** An address that another method would answer says so. */
function notFound(routes: readonly Route[], context: RequestContext): EgxError {
  const { path, method } = context.req;
  const found = routes.filter((route) => patternOf(route).test(path));
  if (found.length === 0) {
    return new EgxError("E_HTTP_NOT_FOUND", `there is nothing at ${path.slice(0, 200)}`);
  }
  const allow = found.map((route) => (route.method === "get" ? "GET, HEAD" : "POST")).join(", ");
  return new EgxError("E_HTTP_METHOD", `${method} is not answered here`, { details: { allow } });
}

function patternOf({ path }: Route): RegExp {
  return new RegExp(`^${path.replaceAll(/\{\w+\}/g, "[^/]+")}$`);
}
