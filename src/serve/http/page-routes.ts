import type { MetricsSource } from "../metrics-server.ts";
import type { Access } from "./access.ts";
import { Body } from "./answer-cache.ts";
import type { App, RequestContext } from "./framework.ts";
import { apiPage, loginPage, loginScript, missingDashboardPage, pageCss } from "./pages.ts";
import { formField } from "./request-body.ts";
import type { Route } from "./route.ts";
import { variantFor, type StaticFile } from "./static-files.ts";

/** What every form of the server has. */
export interface ShellOptions {
  readonly access: Access;
  /** The dashboard's files; empty where it is not built. */
  readonly files: ReadonlyMap<string, StaticFile>;
}

const html = "text/html; charset=utf-8";
const plain = "text/plain; charset=utf-8";

/** What is served before there is anything to tell: the dashboard itself, and that we are alive. */
export function addShell(app: App, { access, files }: ShellOptions): void {
  app.get("/livez", () => text("alive\n", plain));
  app.get("/api/page.css", () => text(pageCss, "text/css; charset=utf-8"));
  addLogin(app, access);
  addDashboard(app, files);
}

/** The API's own page and its document. */
export function addDocument(
  app: App,
  {
    routes,
    document,
    version,
  }: {
    readonly routes: readonly Route[];
    /** The OpenAPI document. */
    readonly document: Uint8Array;
    readonly version: string;
  },
): void {
  const body = new Body(document);
  app.get("/api/openapi.json", async (context) => {
    const { bytes, encoding } = await body.in(context.req.header("accept-encoding") ?? "");
    const encoded = encoding === "identity" ? {} : { "content-encoding": encoding };
    return text(bytes, "application/json", { vary: "Accept-Encoding", ...encoded });
  });
  app.get("/api", () => text(apiPage(routes, version), html));
}

/** Whether the process is ready, and its metrics where it keeps any. */
export function addHealth(app: App, metrics: MetricsSource | null): void {
  app.get("/readyz", () => {
    const reasons = metrics?.reasons() ?? [];
    const ready = reasons.length === 0;
    return text(ready ? "ready\n" : `${reasons.join("\n")}\n`, plain, {}, ready ? 200 : 503);
  });
  if (metrics === null) return;
  app.get("/metrics", async (context) => {
    const accepted = context.req.header("accept") ?? "";
    const open = accepted.includes("application/openmetrics-text");
    const { contentType, text: body } = await metrics.text(open ? "openmetrics" : "prometheus");
    return text(body, contentType);
  });
}

function addLogin(app: App, access: Access): void {
  if (!access.needsToken) return;
  app.get("/login", () => text(loginPage(false), html));
  app.get("/login.js", () => text(loginScript, "text/javascript; charset=utf-8"));
  app.post("/login", async (context) => {
    const cookie = await access.signIn(await formField(context.req.raw, "token"));
    if (cookie === null) return text(loginPage(true), html, {}, 401);
    return new Response(null, { status: 303, headers: { location: "/", "set-cookie": cookie } });
  });
}

/** Files by their names; every other address is a page of the dashboard, which knows them. */
function addDashboard(app: App, files: ReadonlyMap<string, StaticFile>): void {
  const index = files.get("/index.html");
  app.get("*", async (context, next) => {
    const { path } = context.req;
    const file = files.get(path);
    if (file !== undefined) return fileAnswer(file, context);
    if (isNoPage(path)) return next();
    return index === undefined ? text(missingDashboardPage(), html) : fileAnswer(index, context);
  });
}

/** Whether an address is none of the dashboard's pages. A ticker may have a dot, as files have. */
function isNoPage(path: string): boolean {
  if (path.startsWith("/symbol/")) return false;
  return /^\/(api|assets|metrics|readyz)(\/|$)/.test(path) || /\.[a-z0-9]+$/i.test(path);
}

function fileAnswer(file: StaticFile, context: RequestContext): Response {
  const { type, etag, hashed } = file;
  const cached = hashed ? "public, max-age=31536000, immutable" : "no-cache";
  const headers = { etag, "cache-control": cached, vary: "Accept-Encoding" };
  if (context.req.header("if-none-match") === etag) {
    return new Response(null, { status: 304, headers });
  }
  const { bytes, encoding } = variantFor(file, context.req.header("accept-encoding") ?? "");
  const encoded = encoding === "identity" ? {} : { "content-encoding": encoding };
  return text(bytes, type, { ...headers, ...encoded });
}

function text(
  body: string | Uint8Array,
  type: string,
  headers: Readonly<Record<string, string>> = {},
  status = 200,
): Response {
  const content = typeof body === "string" ? body : Buffer.from(body);
  const defaults = { "content-type": type, "cache-control": "no-cache" };
  return new Response(content, { status, headers: { ...defaults, ...headers } });
}
