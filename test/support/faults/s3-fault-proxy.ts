import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { buffer } from "node:stream/consumers";
import { randomInt, type Random } from "../../../src/base/random.ts";

/** What the proxy does to requests; shares lie in [0, 1]. */
export interface S3Faults {
  /** Share of requests that are answered 500 or 503 and not forwarded. */
  readonly refused?: number;
  /** Share of writes whose answer is dropped after the store has done them. */
  readonly lostAnswers?: number;
  /** Every request is answered so and not forwarded. */
  readonly always?: { readonly status: number; readonly error: string };
}

/** An S3 store with faults: forwards to a real one, and fails as it is told. */
export interface S3FaultProxy {
  readonly port: number;
  /** Replaces the faults that are played; `{}` plays none. */
  play(faults: S3Faults): void;
  /** Requests refused and answers dropped so far, so that a test knows that there were any. */
  readonly counts: { refused: number; dropped: number; forwarded: number };
  close(): Promise<void>;
}

/** Puts a fault proxy before the store at `127.0.0.1:storePort`; faults follow `random`. */
export async function startS3FaultProxy(storePort: number, random: Random): Promise<S3FaultProxy> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const counts = { refused: 0, dropped: 0, forwarded: 0 };
  let faults: S3Faults = {};
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(request);
    const refusal = refusalOf(faults, random);
    if (refusal !== null) {
      counts.refused += 1;
      response.writeHead(refusal.status, { "content-type": "application/xml" });
      const text = `<Error><Code>${refusal.error}</Code></Error>`;
      response.end(request.method === "HEAD" ? undefined : text);
      return;
    }
    const answer = await forward({ agent, storePort, request, body });
    counts.forwarded += 1;
    if (isWrite(request) && random.next() < (faults.lostAnswers ?? 0)) {
      counts.dropped += 1;
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.status, answer.headers);
    response.end(answer.body);
  };
  const server = createServer((request, response) => {
    // A client that hangs up, or a store that is gone: the connection ends, as it would without us.
    handle(request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("no port");
  return {
    port: address.port,
    counts,
    play: (wanted) => {
      faults = wanted;
    },
    close: async () => {
      agent.destroy();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function refusalOf(faults: S3Faults, random: Random): NonNullable<S3Faults["always"]> | null {
  if (faults.always !== undefined) return faults.always;
  if (random.next() >= (faults.refused ?? 0)) return null;
  return randomInt(random, 2) === 0
    ? { status: 500, error: "InternalError" }
    : { status: 503, error: "SlowDown" };
}

function isWrite(request: IncomingMessage): boolean {
  return request.method === "PUT" || request.method === "POST" || request.method === "DELETE";
}

interface Forwarded {
  readonly agent: Agent;
  readonly storePort: number;
  readonly request: IncomingMessage;
  readonly body: Buffer;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Sends a request on as it came; its Host stays, since the signature covers it. */
async function forward({ agent, storePort, request, body }: Forwarded): Promise<Answer> {
  const { expect: _expect, connection: _connection, ...headers } = request.headers;
  const answered = Promise.withResolvers<IncomingMessage>();
  const sent = httpRequest(
    {
      host: "127.0.0.1",
      port: storePort,
      method: request.method,
      path: request.url,
      headers,
      agent,
    },
    answered.resolve,
  );
  sent.on("error", answered.reject);
  sent.end(body);
  const answer = await answered.promise;
  const { connection: _hop, "transfer-encoding": _coding, ...answerHeaders } = answer.headers;
  return { status: answer.statusCode ?? 502, headers: answerHeaders, body: await buffer(answer) };
}
