import type { ServerResponse } from "node:http";
import type { Clock } from "../../base/clock.ts";
import type { EventData, EventName } from "../api/events.ts";

/** A reader that takes nothing for this long is let go. */
const stalledMsMax = 20_000;
/** Bytes that wait for a reader before it counts as slow. */
const waitingBytesMax = 262_144;

/** One event of a stream; `id` is left out when it is null: the reader then keeps the one before. */
export function frameOf(name: EventName, data: string, id: string | null): string {
  const head = id === null ? "" : `id: ${id}\n`;
  return `${head}event: ${name}\ndata: ${data}\n\n`;
}

/** Writes events to one reader, and knows whether it keeps up. */
export class StreamWriter {
  readonly #response: ServerResponse;
  readonly #clock: Clock;
  #stalledSinceMs: number | null = null;

  constructor(response: ServerResponse, clock: Clock) {
    this.#response = response;
    this.#clock = clock;
    response.on("drain", () => {
      this.#stalledSinceMs = null;
    });
  }

  get closed(): boolean {
    return this.#response.destroyed || this.#response.writableEnded;
  }

  /** Whether more may be written now. */
  get ready(): boolean {
    return !this.closed && this.#response.writableLength < waitingBytesMax;
  }

  /** Whether it has taken nothing for too long. */
  get stalled(): boolean {
    const sinceMs = this.#stalledSinceMs;
    return sinceMs !== null && this.#clock.monotonicMs() - sinceMs > stalledMsMax;
  }

  write(text: string): void {
    if (this.closed || text === "") return;
    if (!this.#response.write(text)) this.#stalledSinceMs ??= this.#clock.monotonicMs();
  }

  /** Resolves when the reader has taken what waits, or is gone. */
  async drained(): Promise<void> {
    if (this.closed || !this.#response.writableNeedDrain) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const done = (): void => resolve();
    this.#response.once("drain", done).once("close", done);
    await promise;
    this.#response.off("drain", done).off("close", done);
  }

  send<Name extends EventName>(name: Name, data: EventData[Name], id: string | null): void {
    this.write(frameOf(name, JSON.stringify(data), id));
  }

  /** Ends the stream and says why; who is slow may never read it. */
  end(reason: EventData["close"]["reason"]): void {
    if (this.closed) return;
    this.send("close", { reason }, null);
    this.#response.end();
    if (reason === "slow") this.#response.destroy();
  }
}
