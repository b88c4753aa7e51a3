import { join } from "node:path";
import { runFolder, type StartOptions } from "./folder.ts";
import { goProgramPath, installGoProgram, type GoProgram } from "./go-program.ts";
import { freePort } from "./ports.ts";
import { answersAt, startServer, withFreshPorts, type Server } from "./server.ts";
import { ServiceError } from "./tools.ts";

export const toxiproxyProgram: GoProgram = {
  name: "toxiproxy",
  package: "github.com/Shopify/toxiproxy/v2/cmd/server",
  version: "v2.12.0",
};

/** A fault on the way; see toxiproxy's documentation for kinds and attributes. */
export interface Toxic {
  readonly type:
    | "latency"
    | "bandwidth"
    | "slow_close"
    | "timeout"
    | "reset_peer"
    | "slicer"
    | "limit_data";
  /** `upstream` is towards the server, `downstream` its answers. */
  readonly stream: "upstream" | "downstream";
  readonly attributes: Readonly<Record<string, number>>;
}

/** One proxied address. */
export interface Proxy {
  readonly name: string;
  /** The port to connect to instead of the server's. */
  readonly port: number;
  /** Adds a fault; the call that is given back removes it. */
  add(toxic: Toxic): Promise<() => Promise<void>>;
  /** Cuts every connection and refuses new ones until {@link Proxy.restore}. */
  cut(): Promise<void>;
  restore(): Promise<void>;
}

export interface Toxiproxy extends Server {
  /** The address of its HTTP API. */
  readonly url: string;
  /** Puts a proxy on a free port before `127.0.0.1:upstreamPort`. */
  proxy(name: string, upstreamPort: number): Promise<Proxy>;
}

export async function installToxiproxy(): Promise<"installed" | "was installed"> {
  return installGoProgram(toxiproxyProgram);
}

/** Starts the fault proxy on a free port. */
export async function startToxiproxy(options: StartOptions = {}): Promise<Toxiproxy> {
  const command = goProgramPath(toxiproxyProgram);
  return withFreshPorts(async () => {
    const run = await runFolder("toxiproxy", options.folder);
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const started = startServer({
      name: "toxiproxy",
      command,
      args: ["-host", "127.0.0.1", "-port", String(port)],
      cwd: run.path,
      logFile: join(run.path, "toxiproxy.log"),
      ready: answersAt(`${url}/version`),
      ...(options.detached === undefined ? {} : { detached: options.detached }),
    });
    const server = await started.catch(async (error: unknown) => {
      await run.release();
      throw error;
    });
    return {
      ...server,
      url,
      proxy: async (name, upstreamPort) => addProxy(url, name, upstreamPort),
      stop: async () => {
        await server.stop();
        await run.release();
      },
    };
  });
}

async function addProxy(url: string, name: string, upstreamPort: number): Promise<Proxy> {
  const port = await freePort();
  const listen = `127.0.0.1:${port}`;
  const path = `${url}/proxies/${name}`;
  await call("POST", `${url}/proxies`, { name, listen, upstream: `127.0.0.1:${upstreamPort}` });
  let toxics = 0;
  return {
    name,
    port,
    add: async (toxic) => {
      toxics += 1;
      const toxicName = `${toxic.type}-${toxics}`;
      await call("POST", `${path}/toxics`, { name: toxicName, ...toxic });
      return async () => call("DELETE", `${path}/toxics/${toxicName}`, null);
    },
    cut: async () => call("POST", path, { enabled: false }),
    restore: async () => call("POST", path, { enabled: true }),
  };
}

async function call(method: string, url: string, body: object | null): Promise<void> {
  const response = await fetch(url, {
    method,
    ...(body === null ? {} : { body: JSON.stringify(body) }),
  });
  const answer = await response.text();
  if (!response.ok) throw new ServiceError(`toxiproxy: ${method} ${url}: ${answer}`);
}
