import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { EgxError, systemCodeOf } from "../base/errors.ts";
import type { MetricsForm, MetricsText } from "../telemetry/metrics.ts";

/** What is served. */
export interface MetricsSource {
  readonly text: (form: MetricsForm) => Promise<MetricsText>;
  /** Why the process is not ready, each a sentence; none when it is. */
  readonly reasons: () => readonly string[];
}

export interface MetricsServer {
  /** `http://127.0.0.1:9464`. */
  readonly url: string;
  /** Idempotent. */
  close(): Promise<void>;
}

/** Where to listen. */
export interface ListenAddress {
  /** An address of this machine; others than loopback give the metrics to the whole network. */
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
}

/**
 * Serves `/metrics`, `/livez` and `/readyz`.
 * `/metrics` is OpenMetrics for who accepts that, else Prometheus' own form. `/readyz` is 200, or
 * 503 with the reasons, one a line.
 * @throws E_PORT_BUSY; E_CONFIG for an address that may not be listened on.
 */
export async function serveMetrics(
  at: ListenAddress,
  source: MetricsSource,
): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    void answer(source, request, response);
  });
  await listen(server, at);
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : at.port;
  return { url: urlOf({ ...at, port }), close: async () => close(server) };
}

async function answer(
  source: MetricsSource,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [path] = (request.url ?? "/").split("?");
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("allow", "GET, HEAD");
    return plain(response, 405, "only GET is answered here\n");
  }
  if (path === "/livez") return plain(response, 200, "alive\n");
  if (path === "/readyz") {
    const reasons = source.reasons();
    const ready = reasons.length === 0;
    return plain(response, ready ? 200 : 503, ready ? "ready\n" : `${reasons.join("\n")}\n`);
  }
  if (path !== "/metrics") {
    return plain(response, 404, "there are /metrics, /livez and /readyz here\n");
  }
  try {
    const wantsOpen = request.headers.accept?.includes("application/openmetrics-text") ?? false;
    const { contentType, text } = await source.text(wantsOpen ? "openmetrics" : "prometheus");
    response.writeHead(200, { "content-type": contentType }).end(text);
  } catch (error) {
    // The scraper sees the failure as its own metric, `up`.
    plain(response, 500, `${error instanceof Error ? error.message : String(error)}\n`);
  }
}

function plain(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(text);
}

function urlOf({ host, port }: ListenAddress): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

async function listen(server: Server, { host, port }: ListenAddress): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(port, host, resolve);
  try {
    await promise;
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === "EADDRINUSE") {
      throw new EgxError("E_PORT_BUSY", `port ${port} of ${host} is taken`, {
        cause: error,
        hint: "Give another one with --metrics-port (0 takes any free one).",
      });
    }
    throw new EgxError("E_CONFIG", `cannot listen on port ${port} of ${host}: ${code ?? "?"}`, {
      cause: error,
    });
  }
}

async function close(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  // Scrapers keep their connections open.
  server.closeAllConnections();
  await promise;
}
