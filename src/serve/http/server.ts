import { createServer, type Server } from "node:http";
import { getRequestListener } from "@hono/node-server";
import type { Clock } from "../../base/clock.ts";
import { EgxError, systemCodeOf } from "../../base/errors.ts";
import type { Backend } from "../backend.ts";
import { Access } from "./access.ts";
import { makeApp, makeStartingApp } from "./app.ts";
import type { App } from "./framework.ts";
import { readStaticFiles } from "./static-files.ts";

export interface ServerOptions {
  readonly clock: Clock;
  /** `127.0.0.1` or another address of this machine; every other one needs a token. */
  readonly host: string;
  readonly port: number;
  /** Whether another free port will do when that one is taken. */
  readonly anyPort: boolean;
  readonly token: string | null;
  /** The folder of the built dashboard. */
  readonly webFolder: string;
  readonly onFailure: (error: EgxError, path: string) => void;
}

export interface HttpServer {
  /** `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Whether it had to take another port. */
  readonly moved: boolean;
  /** From here on requests are answered from this; before they are told to come again. */
  attach(backend: Backend): void;
  /** Idempotent. */
  close(): Promise<void>;
}

/** A slow sender of headers or bodies is let go. */
const headersTimeoutMs = 10_000;
const requestTimeoutMs = 30_000;
const keepAliveMs = 10_000;
const connectionsMax = 1_024;
const headerBytesMax = 32_768;

/**
 * Serves the dashboard, and the API as soon as there is something to tell.
 * @throws E_PORT_BUSY; E_CONFIG for an address that cannot be listened on.
 */
export async function serveHttp(options: ServerOptions): Promise<HttpServer> {
  const { clock, host, port, anyPort, token, onFailure } = options;
  const access = new Access({ host, token, clock });
  const files = await readStaticFiles(options.webFolder);
  const shell = { access, files, onFailure };
  let listener = listenerOf(makeStartingApp(shell));
  const limits = {
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveMs,
    connectionsCheckingInterval: 2_000,
    maxHeaderSize: headerBytesMax,
  };
  const server = createServer(limits, (request, response) => {
    void listener(request, response);
  });
  server.maxConnections = connectionsMax;
  const moved = await listen(server, { host, port, anyPort });
  const address = server.address();
  const bound = address !== null && typeof address === "object" ? address.port : port;
  const shown = host.includes(":") ? `[${host}]` : host;
  return {
    url: `http://${shown}:${bound}`,
    moved,
    attach: (backend) => {
      listener = listenerOf(makeApp(backend, shell));
    },
    close: async () => close(server),
  };
}

function listenerOf(app: App): ReturnType<typeof getRequestListener> {
  return getRequestListener(app.fetch, { overrideGlobalObjects: false });
}

/** Tells whether another port had to be taken. */
async function listen(
  server: Server,
  { host, port, anyPort }: Pick<ServerOptions, "host" | "port" | "anyPort">,
): Promise<boolean> {
  try {
    await listenOn(server, host, port);
    return false;
  } catch (error) {
    const code = systemCodeOf(error);
    if (code !== "EADDRINUSE") {
      const text = `cannot listen on port ${port} of ${host}: ${code ?? "?"}`;
      throw new EgxError("E_CONFIG", text, { cause: error });
    }
    if (!anyPort) {
      throw new EgxError("E_PORT_BUSY", `port ${port} of ${host} is taken`, { cause: error });
    }
  }
  await listenOn(server, host, 0);
  return true;
}

async function listenOn(server: Server, host: string, port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(port, host, resolve);
  await promise;
  server.off("error", reject);
}

async function close(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  server.closeAllConnections();
  await promise;
}
