import { setTimeout as sleep } from "node:timers/promises";
import { sha256Hex, utf8 } from "../../../src/base/bytes.ts";
import { toEgxError } from "../../../src/base/errors.ts";
import { logIdOf } from "../../../src/ledger/layout.ts";
import type { Log, LogProducer, NewRecord, RecordPosition } from "../../../src/log/log.ts";
import { message } from "../consumer-rig.ts";

/** A record that Kafka has acknowledged, and what has to become of it. */
export interface Acknowledged {
  /** Its place: `log id/partition/offset`. */
  readonly place: string;
  readonly logId: string;
  readonly partition: number;
  readonly offset: number;
  readonly symbol: string;
  /** Counts a symbol's records in the order in which they were sent. */
  readonly number: number;
  /** SHA-256 of the value; null without one. */
  readonly digest: string | null;
  readonly becomes: "line" | "dead letter";
}

/** A value that is no valid message, by name. */
export interface Poison {
  readonly name: string;
  readonly value: Uint8Array | null;
}

export const symbols = Array.from({ length: 12 }, (_, index) => `SYM${index}`);

/**
 * Publishes records of which no two are alike, and remembers what was acknowledged. A batch whose
 * answer fails is sent again whole, as a careful producer does: the log may then hold records that
 * were never acknowledged, and they may be stored too.
 */
export class Generator {
  readonly acknowledged = new Map<string, Acknowledged>();
  readonly #log: Log;
  readonly #topic: string;
  readonly #numbers = new Map<string, number>();
  #producer: LogProducer | null = null;
  #logId = "";
  #sent = 0;

  constructor(log: Log, topic: string) {
    this.#log = log;
    this.#topic = topic;
  }

  /** Publishes `count` records of all symbols in turn, with `poison` strewn among them. */
  async publish(count: number, poison: readonly Poison[] = []): Promise<void> {
    const values: Drafted[] = [];
    for (let index = 0; index < count; index += 1) values.push(this.#draft());
    for (const [index, bad] of poison.entries()) {
      const at = Math.floor(((index + 0.5) * values.length) / poison.length) + index;
      values.splice(at, 0, this.#draft(bad));
    }
    await this.#send(values);
  }

  /** Publishes without a pause, about `perSecond`, until it is stopped. */
  load(perSecond: number): { stop(): Promise<void> } {
    const stopping = new AbortController();
    const running = (async (): Promise<void> => {
      while (!stopping.signal.aborted) {
        await this.publish(Math.max(1, Math.round(perSecond / 10)));
        await sleep(100);
      }
    })();
    // A failure is told by stop(); until then it must not end the process.
    running.catch(() => undefined);
    return {
      stop: async () => {
        stopping.abort();
        await running;
      },
    };
  }

  /** The topic was made again: what follows goes into another log. */
  async topicChanged(): Promise<void> {
    await this.close();
  }

  async close(): Promise<void> {
    await this.#producer?.close();
    this.#producer = null;
  }

  #draft(poison?: Poison): Drafted {
    const symbol = symbols[this.#sent % symbols.length] ?? "";
    this.#sent += 1;
    const number = (this.#numbers.get(symbol) ?? 0) + 1;
    this.#numbers.set(symbol, number);
    const bar = message(this.#sent % 240, { symbol });
    const value =
      poison === undefined ? utf8(`${bar.slice(0, -1)},"number":${number}}`) : poison.value;
    return { symbol, number, value, becomes: poison === undefined ? "line" : "dead letter" };
  }

  async #send(drafts: readonly Drafted[]): Promise<void> {
    const records: NewRecord[] = drafts.map(({ symbol, value }) => ({ key: utf8(symbol), value }));
    for (;;) {
      try {
        const producer = await this.#open();
        const positions = await producer.send(records);
        for (const [index, position] of positions.entries()) {
          this.#remember(position, drafts[index]);
        }
        return;
      } catch (error) {
        if (!toEgxError(error).retryable) throw error;
        await sleep(100);
      }
    }
  }

  #remember({ partition, offset }: RecordPosition, draft: Drafted | undefined): void {
    if (draft === undefined) throw new TypeError("more positions than records");
    const { symbol, number, value, becomes } = draft;
    const logId = this.#logId;
    const place = `${logId}/${partition}/${offset}`;
    const digest = value === null ? null : sha256Hex(value);
    const fact = { place, logId, partition, offset, symbol, number, digest, becomes };
    this.acknowledged.set(place, fact);
  }

  async #open(): Promise<LogProducer> {
    if (this.#producer !== null) return this.#producer;
    const info = await this.#log.describeTopic(this.#topic);
    this.#logId = logIdOf(info?.id ?? "");
    this.#producer = await this.#log.producer(this.#topic);
    return this.#producer;
  }
}

interface Drafted {
  readonly symbol: string;
  readonly number: number;
  readonly value: Uint8Array | null;
  readonly becomes: Acknowledged["becomes"];
}
