import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo, Socket as TcpSocket } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer, type WebSocket } from "ws";
import { systemClock } from "../../../src/base/clock.ts";
import type { Listing, Row } from "./listings.ts";
import { Peer, type PeerHost } from "./peer.ts";
import type { Recording } from "./recording.ts";
import { answerScan, type ScannerRow } from "./scanner.ts";
import { Outbox, type Fate, type Outgoing } from "./wire.ts";

export interface StandInOptions {
  readonly listings: readonly Listing[];
  /** 0 takes any free port. */
  readonly port?: number;
  /** The server's clock. Default: the host's. */
  readonly nowMs?: () => number;
  /** From a request to its answer. */
  readonly latencyMs?: number;
  readonly heartbeatMs?: number;
  readonly updateMode?: string;
  readonly windowBars?: number;
  readonly sessionsMax?: number;
  readonly seriesPerSessionMax?: number;
  readonly connectionsMax?: number;
  readonly refusedTokens?: readonly string[];
  /** Whether who comes without an Origin is sent away, as the real feed does. */
  readonly needsOrigin?: boolean;
  readonly scanner?: readonly ScannerRow[];
  /** A capture that is played again to whoever asks for its series. */
  readonly recording?: Recording;
}

/** What the stand-in has seen. */
export interface StandInSeen {
  handshakes: number;
  /** Open at once. */
  connectionsMost: number;
  readonly origins: Set<string>;
  readonly peers: Peer[];
  /** Commands by name. */
  readonly commands: Map<string, number>;
}

interface Client {
  readonly socket: WebSocket;
  readonly peer: Peer;
  readonly out: (method: string, payload: string) => void;
}

/**
 * A server that speaks the feed's protocol on 127.0.0.1, from given bars, and misbehaves as it is
 * told. Its fields may be changed while it runs.
 */
export class StandIn implements PeerHost {
  /** Decides what becomes of each frame. */
  fate: (frame: Outgoing) => Fate = () => "send";
  shape: PeerHost["shape"] = (rows) => rows;
  readonly unanswered = new Set<string>();
  /** An HTTP status for whoever comes; null to let them in. */
  refuseStatus: number | null = null;
  /** Said to whoever comes, before the connection is closed. */
  refuseReason: string | null = null;
  /** Connections are cut before a word is said. */
  isDown = false;
  /** Nothing is sent, heartbeats neither; what comes is taken. */
  isSilent = false;
  redirect: string | null = null;
  latencyMs: number;
  updateMode: string;
  windowBars: number;
  sessionsMax: number;
  seriesPerSessionMax: number;
  readonly refusedTokens: readonly string[];
  readonly recording: Recording | null;
  readonly seen: StandInSeen = {
    handshakes: 0,
    connectionsMost: 0,
    origins: new Set(),
    peers: [],
    commands: new Map(),
  };
  readonly #options: StandInOptions;
  readonly #listings: Map<string, Listing>;
  readonly #rows = new Map<string, Row[]>();
  readonly #http: Server;
  readonly #sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  readonly #tcp = new Set<TcpSocket>();
  readonly #clients = new Set<Client>();
  readonly #made = new Map<string, number>();
  #beats = 0;
  #beating: NodeJS.Timeout | undefined;

  private constructor(options: StandInOptions) {
    this.#options = options;
    this.latencyMs = options.latencyMs ?? 0;
    this.updateMode = options.updateMode ?? "delayed_streaming_900";
    this.windowBars = options.windowBars ?? 20_000;
    this.sessionsMax = options.sessionsMax ?? 200;
    this.seriesPerSessionMax = options.seriesPerSessionMax ?? 9;
    this.recording = options.recording ?? null;
    this.refusedTokens = options.refusedTokens ?? ["bad"];
    this.#listings = new Map(options.listings.map((listing) => [listing.name, listing]));
    this.#http = createServer((request, response) => {
      void answerScan(request, response, options.scanner ?? []);
    });
    this.#http.on("connection", (socket: TcpSocket) => {
      if (this.isDown) socket.destroy();
      this.#tcp.add(socket);
      socket.on("close", () => this.#tcp.delete(socket));
    });
    this.#http.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
  }

  static async start(options: StandInOptions): Promise<StandIn> {
    const standIn = new StandIn(options);
    const http = standIn.#http;
    await new Promise<void>((resolve, reject) => {
      http.once("error", reject);
      http.listen(options.port ?? 0, "127.0.0.1", resolve);
    });
    const beat = (): void => standIn.#beat();
    standIn.#beating = setInterval(beat, options.heartbeatMs ?? 5000).unref();
    return standIn;
  }

  get port(): number {
    const address: AddressInfo | string | null = this.#http.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}/socket.io/websocket`;
  }

  get scannerUrl(): string {
    return `http://127.0.0.1:${this.port}/egypt/scan`;
  }

  get connections(): number {
    return this.#clients.size;
  }

  nowMs(): number {
    return this.#options.nowMs?.() ?? systemClock.nowMs();
  }

  listing(name: string): Listing | undefined {
    return this.#listings.get(name);
  }

  rows(name: string, resolution: string): Row[] {
    const key = `${name}|${resolution}`;
    let rows = this.#rows.get(key);
    if (rows === undefined) {
      rows = [...(this.#listings.get(name)?.rows(resolution) ?? [])];
      this.#rows.set(key, rows);
    }
    return rows;
  }

  command(name: string): void {
    this.seen.commands.set(name, (this.seen.commands.get(name) ?? 0) + 1);
  }

  /** Changes or adds a bar without a word to anybody. */
  put(name: string, resolution: string, row: Row): void {
    const rows = this.rows(name, resolution);
    const place = rows.findLastIndex(([time = 0]) => time <= (row[0] ?? 0));
    if (rows[place]?.[0] === row[0]) rows[place] = row;
    else rows.splice(place + 1, 0, row);
  }

  /** Changes or adds a bar and tells whoever follows it. */
  push(name: string, resolution: string, row: Row, via?: "du" | "timescale_update"): void {
    const isNew = (this.rows(name, resolution).at(-1)?.[0] ?? 0) < (row[0] ?? 0);
    this.put(name, resolution, row);
    const method = via ?? (isNew ? "timescale_update" : "du");
    for (const { peer } of this.#clients) peer.push(name, resolution, row, method);
  }

  /** Says something to all, as it is. */
  say(method: string, p: readonly unknown[]): void {
    const payload = JSON.stringify({ m: method, p });
    for (const { out } of this.#clients) out(method, payload);
  }

  /** Cuts all connections, without a word. */
  cut(): void {
    for (const socket of this.#tcp) socket.destroy();
  }

  /** Nothing is said or taken any more, and the sockets stay open: a peer that lost its network. */
  freeze(): void {
    this.isSilent = true;
    for (const socket of this.#tcp) socket.pause();
  }

  async close(): Promise<void> {
    clearInterval(this.#beating);
    this.#sockets.close();
    const closed = new Promise<void>((resolve) => {
      this.#http.close(() => resolve());
    });
    this.cut();
    await closed;
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { seen } = this;
    seen.handshakes += 1;
    const { origin } = request.headers;
    if (origin !== undefined) seen.origins.add(origin);
    const { connectionsMax = Infinity, needsOrigin = true } = this.#options;
    const lacksOrigin = needsOrigin && origin === undefined;
    const full = this.#clients.size >= connectionsMax ? 429 : null;
    const status = this.refuseStatus ?? full ?? (lacksOrigin ? 400 : null);
    setTimeout(() => {
      if (status !== null) socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`);
      else this.#sockets.handleUpgrade(request, socket, head, (client) => this.#welcome(client));
    }, this.latencyMs);
  }

  #welcome(socket: WebSocket): void {
    const outbox = new Outbox(
      (text) => {
        if (!this.isSilent && socket.readyState === socket.OPEN) socket.send(text);
      },
      () => this.latencyMs,
    );
    const out = (method: string, payload: string): void => {
      const nth = (this.#made.get(method) ?? 0) + 1;
      this.#made.set(method, nth);
      const frame = { method, payload, nth };
      outbox.put(frame, this.fate(frame));
    };
    const close = (): void => {
      setTimeout(() => socket.close(), this.latencyMs + 1);
    };
    const peer = new Peer(this, { send: out, close });
    const client = { socket, peer, out };
    this.#clients.add(client);
    this.seen.peers.push(peer);
    this.seen.connectionsMost = Math.max(this.seen.connectionsMost, this.#clients.size);
    socket.on("message", (data: unknown) => peer.onText(String(data)));
    socket.on("error", () => socket.terminate());
    socket.on("close", () => this.#clients.delete(client));
    out("hello", JSON.stringify(this.#hello()));
    if (this.refuseReason === null) return;
    out("protocol_error", JSON.stringify({ m: "protocol_error", p: [this.refuseReason] }));
    close();
  }

  #hello(): object {
    const ms = this.nowMs();
    return {
      session_id: "0.1.2_stand-in",
      timestamp: Math.floor(ms / 1000),
      timestampMs: ms,
      release: "stand-in",
      protocol: "json",
      auth_scheme_vsn: 2,
      ...(this.redirect === null ? {} : { redirect: this.redirect }),
    };
  }

  #beat(): void {
    this.#beats += 1;
    for (const { out } of this.#clients) out("heartbeat", `~h~${this.#beats}`);
  }
}
