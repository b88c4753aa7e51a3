import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { text as readText } from "node:stream/consumers";
import { after } from "node:test";

export interface StandIn {
  /** `http://127.0.0.1:port`, or https */
  readonly endpoint: string;
  /** Requests seen, `PUT /bucket/key`. */
  readonly seen: readonly string[];
}

/** What a stand-in answers: a status, headers, and the name of S3's error or a body. */
export interface StandInAnswer {
  readonly status: number;
  readonly error?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An S3 server that says what a test wants to hear, for answers that no real one gives at will. */
export async function s3StandIn(
  answer: (request: string, sent: string) => StandInAnswer | Promise<StandInAnswer>,
  tls: { readonly key: string; readonly cert: string } | null = null,
): Promise<StandIn> {
  const seen: string[] = [];
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const asked = `${request.method ?? ""} ${request.url ?? ""}`;
    seen.push(asked);
    const sent = await readText(request);
    const { status, error, body = "", headers = {} } = await answer(asked, sent);
    const text = error === undefined ? body : `<Error><Code>${error}</Code></Error>`;
    response.writeHead(status, { "content-type": "application/xml", ...headers });
    response.end(request.method === "HEAD" ? undefined : text);
  };
  const listener = (request: IncomingMessage, response: ServerResponse): void =>
    void handle(request, response);
  const server = tls === null ? createServer(listener) : createTlsServer(tls, listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("no port");
  return { endpoint: `${tls === null ? "http" : "https"}://127.0.0.1:${address.port}`, seen };
}

/** A listing without objects. */
export const emptyListing: StandInAnswer = {
  status: 200,
  body: "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>",
};
