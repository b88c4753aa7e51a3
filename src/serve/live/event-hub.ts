import type { Clock } from "../../base/clock.ts";
import type { EventData, EventName } from "../api/events.ts";
import { isoOf } from "../data/iso.ts";
import { every } from "../every.ts";
import type { EventStream, SharedTexts } from "./event-stream.ts";
import { frameOf } from "./stream-writer.ts";

/** Bars are sent on this often. */
const roundMs = 100;
const heartbeatMs = 5_000;

/** All readers of events. */
export class EventHub {
  readonly #clock: Clock;
  readonly #streams = new Set<EventStream>();
  readonly #streamsMax: number;
  #heartbeatMs = 0;

  constructor(clock: Clock, streamsMax: number) {
    this.#clock = clock;
    this.#streamsMax = streamsMax;
  }

  get size(): number {
    return this.#streams.size;
  }

  /** Whether there is room for one more. */
  get hasRoom(): boolean {
    return this.#streams.size < this.#streamsMax;
  }

  add(stream: EventStream): void {
    this.#streams.add(stream);
    stream.writer.send("heartbeat", { serverTime: isoOf(this.#clock.nowMs()) }, null);
  }

  remove(stream: EventStream): void {
    this.#streams.delete(stream);
  }

  /** Tells all who want to be told of it. */
  broadcast<Name extends EventName>(name: Name, data: EventData[Name]): void {
    let text: string | null = null;
    for (const { filter, writer } of this.#streams) {
      if (!filter.kinds.has(name) || !writer.ready) continue;
      text ??= frameOf(name, JSON.stringify(data), null);
      writer.write(text);
    }
  }

  /** Whether somebody wants to be told of it. */
  wanted(name: EventName): boolean {
    for (const { filter } of this.#streams) if (filter.kinds.has(name)) return true;
    return false;
  }

  /** Sends on what comes until the signal aborts, then lets all readers go. */
  async run(signal: AbortSignal): Promise<void> {
    await every(this.#clock, signal, async () => {
      this.#round();
      return roundMs;
    });
    for (const { writer } of this.#streams) writer.end("stopping");
    this.#streams.clear();
  }

  #round(): void {
    const shared: SharedTexts = new Map();
    for (const stream of this.#streams) {
      if (stream.pump(shared)) continue;
      this.#streams.delete(stream);
      stream.writer.end("slow");
    }
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#heartbeatMs < heartbeatMs) return;
    this.#heartbeatMs = nowMs;
    const serverTime = isoOf(this.#clock.nowMs());
    for (const { writer, id } of this.#streams) {
      if (writer.ready) writer.send("heartbeat", { serverTime }, id);
    }
  }
}
