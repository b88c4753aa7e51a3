import type { Clock } from "../../base/clock.ts";
import { EgxError, toEgxError } from "../../base/errors.ts";
import { randomInt, type Random } from "../../base/random.ts";
import { connectionRefusal, isConnectionsLimit } from "./errors.ts";
import { decodeFrames, encodeCommand, encodeFrame, type Frame } from "./frames.ts";
import type { TradingviewLimits } from "./limits.ts";
import { readMessage, type FeedMessage, type SessionMessage } from "./messages.ts";
import { openSocket, type Socket } from "./socket.ts";
import type { Traffic } from "./traffic.ts";

/** Told of every text that goes over the socket, as it is. */
export type Tap = (direction: "in" | "out", text: string) => void;

export interface ConnectionOptions {
  readonly url: string;
  readonly origin: string;
  /** Null to come without an account. */
  readonly token: string | null;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: TradingviewLimits;
  readonly tap?: Tap;
  /** Counts what all connections that share it see and do. */
  readonly traffic?: Traffic;
}

/** Who gets the messages of one session. */
export interface SessionHandler {
  /** `sentMs` is the feed's time of the message, epoch milliseconds; null when it has none. */
  onMessage(message: SessionMessage, sentMs: number | null): void;
  /** The connection is no more, and the session with it. */
  onEnd(error: EgxError): void;
}

/** What a connection has seen and done. */
export interface ConnectionCounts {
  readonly messages: number;
  readonly heartbeats: number;
  /** Frames that could not be read as they were announced. */
  readonly frameFaults: number;
  /** Of these, those that may have been messages that are lost. */
  readonly framesLost: number;
  /** Messages of known names that were not understood. */
  readonly malformed: number;
  /** Messages of sessions that are no more. */
  readonly stray: number;
}

const anonymousToken = "unauthorized_user_token";
const redirectsMax = 20;
const idLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/**
 * One connection to the feed, from its hello to its end. Heartbeats are sent back before anything
 * else in a message is looked at; when nothing has come for a while the connection is given up.
 */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #handlers = new Map<string, SessionHandler>();
  readonly #hello = Promise.withResolvers<string | null>();
  readonly #ending = Promise.withResolvers<EgxError>();
  readonly #watch = new AbortController();
  readonly #counts = {
    messages: 0,
    heartbeats: 0,
    frameFaults: 0,
    framesLost: 0,
    malformed: 0,
    stray: 0,
  };
  #socket: Socket | null = null;
  #ended: EgxError | null = null;
  #skewMs = 0;
  #heardMs: number;
  #sessions = 0;
  #spent = false;

  private constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#heardMs = options.clock.monotonicMs();
    // Whoever waits for the hello learns of it; nobody may be waiting any more.
    this.#hello.promise.catch(() => undefined);
  }

  /**
   * Connects, goes where the feed redirects to, and gives the token.
   * @throws E_FEED_UNREACHABLE, E_FEED_TIMEOUT, E_FEED_BANNED, E_FEED_REFUSED, E_FEED_PROTOCOL;
   *   the signal's reason when it aborts.
   */
  static async open(options: ConnectionOptions, signal: AbortSignal): Promise<Connection> {
    let { url } = options;
    for (let redirects = 0; redirects <= redirectsMax; redirects += 1) {
      const connection = new Connection({ ...options, url });
      const redirect = await connection.#start(signal);
      if (redirect === null) return connection;
      connection.end(new EgxError("E_FEED_UNREACHABLE", `redirected to ${redirect}`));
      url = redirected(url, redirect);
    }
    throw new EgxError("E_FEED_PROTOCOL", `the feed redirects more than ${redirectsMax} times`);
  }

  /** Why the connection is no more; null while it is up. */
  get ended(): EgxError | null {
    return this.#ended;
  }

  /** Resolves with {@link ended} when the connection is no more. */
  get ending(): Promise<EgxError> {
    return this.#ending.promise;
  }

  /** Whether it has had as many sessions as it may: time for another connection. */
  get isSpent(): boolean {
    return this.#spent || this.#sessions >= this.#options.limits.sessionsPerSocketMax;
  }

  get counts(): ConnectionCounts {
    return this.#counts;
  }

  /** The feed's clock, epoch milliseconds; the host's until the feed has told its own. */
  serverMs(): number {
    return this.#options.clock.nowMs() + this.#skewMs;
  }

  /** Takes note that the feed says it has had too many sessions. */
  spend(): void {
    this.#spent = true;
  }

  /**
   * Begins a session under a fresh id, whose messages go to `handler` until it is dropped.
   * @throws why the connection is no more.
   */
  session(prefix: "cs" | "qs", handler: SessionHandler): string {
    if (this.#ended !== null) throw this.#ended;
    const { random } = this.#options;
    const letters = Array.from({ length: 12 }, () => idLetters[randomInt(random, 62)] ?? "a");
    const id = `${prefix}_${letters.join("")}`;
    this.#sessions += 1;
    this.#handlers.set(id, handler);
    return id;
  }

  /** Messages of a session go nowhere from now on. */
  drop(sessionId: string): void {
    this.#handlers.delete(sessionId);
  }

  /** Sends a command; does nothing when the connection is no more. */
  send(name: string, parameters: readonly unknown[]): void {
    if (this.#ended === null) this.#write(encodeCommand(name, parameters));
  }

  /** Ends the connection, because of `error`; its sessions are told. Idempotent. */
  end(error: EgxError): void {
    if (this.#ended !== null) return;
    this.#ended = error;
    this.#watch.abort();
    this.#socket?.terminate();
    this.#hello.reject(error);
    for (const handler of this.#handlers.values()) handler.onEnd(error);
    this.#handlers.clear();
    this.#ending.resolve(error);
  }

  /** Waits for the hello; the host that it redirects to, or null when it is the feed's own. */
  async #start(signal: AbortSignal): Promise<string | null> {
    const { url, origin, token, limits, clock } = this.#options;
    const watch = AbortSignal.any([signal, this.#watch.signal]);
    const timeout = this.#endLater(limits.helloTimeoutMs, watch);
    const opening = AbortSignal.any([signal, timeout.signal]);
    const handlers = {
      onText: (text: string) => this.#onText(text),
      onClose: (error: EgxError) => this.end(error),
    };
    const onAbort = (): void => this.end(toEgxError(signal.reason));
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      this.#socket = await openSocket(url, origin, handlers, opening);
      const redirect = await this.#hello.promise;
      if (redirect !== null) return redirect;
    } catch (error) {
      signal.throwIfAborted();
      this.end(toEgxError(error));
      throw error;
    } finally {
      signal.removeEventListener("abort", onAbort);
      timeout.abort();
    }
    this.send("set_auth_token", [token ?? anonymousToken]);
    this.#heardMs = clock.monotonicMs();
    void this.#watchSilence();
    return null;
  }

  /** Ends the connection when there is no hello in time; the result stops the waiting. */
  #endLater(ms: number, signal: AbortSignal): AbortController {
    const timeout = new AbortController();
    const { clock, url } = this.#options;
    const text = `${new URL(url).host} says nothing within ${ms} ms`;
    clock.sleep(ms, AbortSignal.any([signal, timeout.signal])).then(
      () => {
        const error = new EgxError("E_FEED_TIMEOUT", text);
        this.end(error);
        timeout.abort(error);
      },
      () => undefined,
    );
    return timeout;
  }

  async #watchSilence(): Promise<void> {
    const { clock, limits } = this.#options;
    try {
      for (;;) {
        const leftMs = this.#heardMs + limits.silenceMsMax - clock.monotonicMs();
        if (leftMs <= 0) break;
        await clock.sleep(leftMs, this.#watch.signal);
      }
    } catch {
      return;
    }
    const text = `nothing has come for ${limits.silenceMsMax} ms`;
    this.end(new EgxError("E_FEED_UNREACHABLE", text));
  }

  #write(text: string): void {
    this.#options.tap?.("out", text);
    this.#socket?.send(text);
  }

  #onText(text: string): void {
    if (this.#ended !== null) return;
    this.#heardMs = this.#options.clock.monotonicMs();
    const { frames, faults, lost } = decodeFrames(text);
    for (const frame of frames) if (frame.kind === "heartbeat") this.#echo(frame.payload);
    this.#options.tap?.("in", text);
    this.#counts.frameFaults += faults;
    this.#counts.framesLost += lost;
    this.#options.traffic?.add("frameFaults", faults);
    for (const frame of frames) this.#onFrame(frame);
  }

  #echo(payload: string): void {
    this.#counts.heartbeats += 1;
    this.#options.traffic?.add("heartbeats", 1);
    this.#write(encodeFrame(payload));
  }

  #onFrame(frame: Frame): void {
    if (frame.kind === "heartbeat" || this.#ended !== null) return;
    this.#counts.messages += 1;
    this.#options.traffic?.add("messages", 1);
    const { message, sentMs } = readMessage(frame.value);
    if (sentMs !== null) this.#skewMs = sentMs - this.#options.clock.nowMs();
    this.#onMessage(message, sentMs);
  }

  #onMessage(message: FeedMessage, sentMs: number | null): void {
    switch (message.kind) {
      case "hello":
        return this.#onHello(message.serverMs, message.redirect);
      case "protocol-error":
        return this.end(connectionRefusal(message.reason));
      case "notify":
        if (isConnectionsLimit(message.reason)) this.end(connectionRefusal(message.reason));
        return;
      case "malformed":
        this.#counts.malformed += 1;
        this.#options.traffic?.add("malformed", 1);
        return;
      case "other":
        return;
      default:
        return this.#onSession(message, sentMs);
    }
  }

  #onHello(serverMs: number | null, redirect: string | null): void {
    if (serverMs !== null) this.#skewMs = serverMs - this.#options.clock.nowMs();
    this.#hello.resolve(redirect);
  }

  #onSession(message: SessionMessage, sentMs: number | null): void {
    const handler = this.#handlers.get(message.session);
    if (handler === undefined) this.#counts.stray += 1;
    else handler.onMessage(message, sentMs);
  }
}

/**
 * Where a hello sends us. The token goes there too, so it must be the feed's own domain.
 * @throws E_FEED_PROTOCOL when it is not.
 */
function redirected(url: string, host: string): string {
  const domain = (name: string): string =>
    /^[\d.]+$/.test(name) ? name : name.split(".").slice(-2).join(".");
  const target = new URL(url);
  const from = target.hostname;
  target.host = host;
  if (domain(target.hostname) === domain(from)) return target.href;
  throw new EgxError("E_FEED_PROTOCOL", `the feed redirects to ${host}, out of its own domain`);
}
