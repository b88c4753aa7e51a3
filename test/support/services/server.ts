import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { TestContext } from "node:test";

/** An answer of a stand-in. */
export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Breaks the connection after so many bytes of the body, which the length belies. */
  readonly cutAt?: number;
  /** Breaks it no sooner than this comes about: who reads may drop what arrives with the break. */
  readonly cutWhen?: () => Promise<void>;
}

export interface Asked {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

export interface ServiceStandIn {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** All requests, in the order of their arrival. */
  readonly asked: readonly Asked[];
  /** Answers that come before the service's own, one a request. */
  readonly faults: Answer[];
}

/** A server that answers as some service does; closed after the test. */
export async function serveAs(
  t: TestContext,
  answer: (asked: Asked) => Answer,
): Promise<ServiceStandIn> {
  const asked: Asked[] = [];
  const faults: Answer[] = [];
  let base = "";
  const server = createServer((request, response) => {
    const one = { url: new URL(request.url ?? "/", base), headers: headersOf(request) };
    asked.push(one);
    send(response, faults.shift() ?? answer(one));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("it does not listen");
  base = `http://127.0.0.1:${address.port}`;
  return { url: base, asked, faults };
}

/** An answer in JSON. */
export function json(value: unknown, status = 200): Answer {
  return {
    status,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(value),
  };
}

function headersOf(request: IncomingMessage): Asked["headers"] {
  return Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(",") : value,
    ]),
  );
}

function send(
  response: ServerResponse,
  { status = 200, headers = {}, body = "", cutAt, cutWhen }: Answer,
): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, { "content-length": String(bytes.length), ...headers });
  if (cutAt === undefined) {
    response.end(bytes);
    return;
  }
  response.write(bytes.subarray(0, cutAt), () => {
    if (cutWhen === undefined) response.destroy();
    else void cutWhen().finally(() => response.destroy());
  });
}
