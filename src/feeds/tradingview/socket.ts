import type { IncomingMessage } from "node:http";
import { WebSocket } from "ws";
import { EgxError } from "../../base/errors.ts";
import { handshakeRefusal } from "./errors.ts";

export interface SocketHandlers {
  /** Each message, in order; binary ones, which the feed does not send, are left out. */
  readonly onText: (text: string) => void;
  /** Once, when the socket is no more. */
  readonly onClose: (error: EgxError) => void;
}

/** An open websocket. */
export interface Socket {
  /** Does nothing once the socket is closed. */
  send(text: string): void;
  /** Drops the connection at once; safe to call twice. */
  terminate(): void;
}

/** A browser's, since the feed is made for them. */
const userAgent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
/** A whole history comes as one message. */
const messageBytesMax = 64 * 1024 * 1024;

/**
 * Opens a websocket; `onClose` is then called once for it, and not when opening fails.
 * @throws E_FEED_UNREACHABLE, E_FEED_BANNED, E_FEED_REFUSED; the signal's reason when it aborts.
 */
export async function openSocket(
  url: string,
  origin: string,
  handlers: SocketHandlers,
  signal: AbortSignal,
): Promise<Socket> {
  signal.throwIfAborted();
  const socket = new WebSocket(url, {
    origin,
    headers: { "User-Agent": userAgent },
    perMessageDeflate: false,
    maxPayload: messageBytesMax,
    followRedirects: false,
  });
  const opening = Promise.withResolvers<void>();
  const onAbort = (): void => {
    opening.reject(signal.reason);
    socket.terminate();
  };
  signal.addEventListener("abort", onAbort, { once: true });
  let isOpen = false;
  let lastError: Error | undefined;
  socket.on("unexpected-response", (_request: unknown, response: IncomingMessage) => {
    response.resume();
    opening.reject(handshakeRefusal(response.statusCode ?? 0));
    socket.terminate();
  });
  socket.on("error", (error: Error) => {
    lastError = error;
    opening.reject(unreachable(url, error.message, error));
  });
  socket.on("open", () => {
    isOpen = true;
    opening.resolve();
  });
  socket.on("message", (data: unknown, isBinary: boolean) => {
    if (!isBinary) handlers.onText(String(data));
  });
  socket.on("close", (code: number, reason: Buffer) => {
    const said = [`closed with ${code}`, reason.toString(), lastError?.message ?? ""];
    const error = unreachable(url, said.filter((text) => text !== "").join(": "), lastError);
    opening.reject(error);
    if (isOpen) handlers.onClose(error);
  });
  try {
    await opening.promise;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
  return {
    send: (text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    terminate: () => socket.terminate(),
  };
}

function unreachable(url: string, text: string, cause: Error | undefined): EgxError {
  return new EgxError("E_FEED_UNREACHABLE", `${new URL(url).host}: ${text}`, { cause });
}
