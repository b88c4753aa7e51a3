import { doneOrAborted } from "../base/abort.ts";
import { EgxError } from "../base/errors.ts";
import type { FeedEvent } from "../feeds/feed.ts";
import type { LogProducer } from "../log/log.ts";
import type { Bar } from "../market/bar.ts";
import { BatchPublisher, publishLimitsDefault } from "./batch-publisher.ts";
import { FormingBars } from "./forming-bars.ts";
import { Messages } from "./messages.ts";
import type { ProducerOptions } from "./options.ts";
import type { PublishedBars } from "./published-bars.ts";
import { readFeed } from "./read-feed.ts";
import type { SummaryCounter } from "./summary.ts";

const stopTimeoutMsDefault = 10_000;

export interface SessionParts {
  /** Closed by the session. */
  readonly producer: LogProducer;
  /** What the topic holds; kept up to date. */
  readonly published: PublishedBars;
  readonly counter: SummaryCounter;
}

/** One run of a feed into a topic. */
export class ProducerSession {
  readonly #options: ProducerOptions;
  readonly #parts: SessionParts;
  readonly #messages = new Messages();
  readonly #forming: FormingBars;
  readonly #publisher: BatchPublisher;
  readonly #failed = new AbortController();
  readonly #giveUp = new AbortController();
  readonly #ended = new AbortController();
  #pushed = 0;

  constructor(options: ProducerOptions, parts: SessionParts) {
    const { clock, random, events, limits } = options;
    this.#options = options;
    this.#parts = parts;
    this.#publisher = new BatchPublisher({
      producer: parts.producer,
      limits: limits ?? publishLimitsDefault,
      clock,
      random,
      giveUp: this.#giveUp.signal,
      events,
      onFailure: () => this.#failed.abort(),
    });
    this.#forming = new FormingBars({
      publishIntervalMs: options.publishIntervalMs,
      clock,
      publish: (bar) => this.#publish(bar),
    });
  }

  /** Ends with the feed, or when the signal aborts, after what was read is sent. */
  async run(): Promise<void> {
    const { signal } = this.#options;
    let givingUp = Promise.resolve();
    const onStop = (): void => {
      givingUp = this.#giveUpLater();
    };
    signal.addEventListener("abort", onStop, { once: true, signal: this.#ended.signal });
    if (signal.aborted) onStop();
    try {
      await this.#readAndSend();
    } finally {
      this.#parts.counter.sent(this.#pushed, this.#publisher.acknowledged);
      this.#ended.abort();
      await givingUp;
      await doneOrAborted(this.#parts.producer.close(), this.#giveUp.signal);
    }
  }

  async #readAndSend(): Promise<void> {
    const { feed, mode, request, clock, random, signal, events } = this.#options;
    try {
      await readFeed({
        feed,
        mode,
        request,
        clock,
        random,
        // A log that refuses for good also ends a feed that has nothing to say.
        signal: AbortSignal.any([signal, this.#failed.signal]),
        events,
        handle: async (event) => this.#handle(event),
      });
    } finally {
      await this.#forming.end();
      await this.#publisher.end();
    }
  }

  async #giveUpLater(): Promise<void> {
    const { clock, stopTimeoutMs = stopTimeoutMsDefault } = this.#options;
    try {
      await clock.sleep(stopTimeoutMs, this.#ended.signal);
    } catch (error) {
      if (this.#ended.signal.aborted) return;
      throw error;
    }
    this.#giveUp.abort(
      new EgxError("E_ABORTED", `not sent within ${stopTimeoutMs} ms of the stop`),
    );
  }

  async #handle(event: FeedEvent): Promise<void> {
    const { counter } = this.#parts;
    switch (event.kind) {
      case "bars":
        this.#measure(event);
        for (const bar of event.bars) {
          this.#offer(bar);
          if (this.#publisher.isFull) await this.#publisher.room();
        }
        return;
      case "rejected":
        this.#reject(event);
        return this.#publisher.room();
      case "symbol-failed":
        counter.symbolFailed(event.symbol, event.error);
        return this.#options.events(event);
      case "gap":
        counter.gaps += 1;
        return this.#options.events({ ...event, interval: event.interval.code });
      case "notice":
        return this.#options.events(event);
    }
  }

  #measure({ bars, heard }: Extract<FeedEvent, { kind: "bars" }>): void {
    const { feed, request, events } = this.#options;
    const final = bars.filter((bar) => bar.final).length;
    const interval = request.interval.code;
    const { delaySeconds } = feed;
    events({
      kind: "read",
      interval,
      bars: bars.length,
      final,
      delaySeconds,
      heard: heard ?? true,
    });
  }

  #offer(bar: Bar): void {
    const { published, counter } = this.#parts;
    counter.read += 1;
    counter.symbolGiven(bar.symbol);
    const standing = published.standing(bar);
    if (standing === "outdated") {
      counter.superseded += 1;
      return;
    }
    if (standing !== "unchanged" && !bar.final) {
      if (this.#forming.offer(bar)) counter.superseded += 1;
      return;
    }
    // A final bar makes void what is held of it; so does a state that is published already.
    if (this.#forming.withdraw(bar)) counter.superseded += 1;
    if (standing === "unchanged") counter.unchanged += 1;
    else this.#publish(bar);
  }

  #publish(bar: Bar): void {
    this.#parts.published.add(bar);
    this.#pushed += 1;
    this.#publisher.push(this.#messages.bar(bar), bar);
  }

  #reject({ symbol, message, error }: Extract<FeedEvent, { kind: "rejected" }>): void {
    const { published, counter } = this.#parts;
    counter.reject(error.code);
    const record = this.#messages.reject(symbol, message, this.#options.feed.source);
    if (record.value === null || !published.addReject(record.value)) return;
    this.#options.events({ kind: "rejected", symbol, error });
    this.#pushed += 1;
    this.#publisher.push(record, null);
  }
}
