import type { IncomingMessage, ServerResponse } from "node:http";
import { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { z } from "../../base/schema.ts";
import { problem } from "../api/common.ts";
import type { Route } from "./route.ts";

/** One request as a route's handler meets it. */
export type RequestContext = Context<{ Bindings: HttpBindings }>;

/** What the server gives along with each request. */
export interface HttpBindings {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

export type App = OpenAPIHono<{ Bindings: HttpBindings }>;
export type Handler = (context: RequestContext) => Promise<Response>;

export function newApp(): App {
  return new OpenAPIHono<{ Bindings: HttpBindings }>({ strict: true });
}

/** Adds a route to the app and to its document. */
export function addRoute(app: App, route: Route, handler: Handler): void {
  describe(app, route);
  app.on(route.method.toUpperCase(), honoPath(route.path), handler);
}

/** The OpenAPI 3.1 document of all routes. */
export function documentOf(app: App, version: string): unknown {
  return app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "EGX pipeline",
      version,
      description:
        "Bars of the Egyptian Exchange, their quality and where they came from. Unknown is null, " +
        "never 0. Instants are UTC, dates are Cairo's. Errors are problem+json (RFC 9457).",
      license: { name: "Apache-2.0", url: "https://www.apache.org/licenses/LICENSE-2.0" },
    },
    servers: [{ url: "/" }],
  });
}

function describe(app: App, route: Route): void {
  const { method, path, tag, summary, description, params, query, body, answer } = route;
  const files = Object.fromEntries(
    route.files.map((type) => [type, { schema: { type: "string" as const } }]),
  );
  const headers =
    route.header === null
      ? {}
      : { headers: z.object({ [route.header.name]: z.literal(route.header.value) }) };
  const content = { "application/json": { schema: body } };
  app.openAPIRegistry.registerPath({
    method,
    path,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    request: {
      params,
      query,
      ...headers,
      ...(method === "post" ? { body: { required: true, content } } : {}),
    },
    responses: {
      200: {
        description: "The answer.",
        content: { "application/json": { schema: answer }, ...files },
      },
      ...(route.cached ? { 304: { description: "As it was when it was asked for before." } } : {}),
      default: {
        description: "An error.",
        content: { "application/problem+json": { schema: problem } },
      },
    },
  });
}

function honoPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ":$1");
}
