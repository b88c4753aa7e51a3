import type { Clock } from "../base/clock.ts";
import { EgxError } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import { retry } from "../base/retry.ts";
import type { Feed, FeedEvent, FeedRequest } from "../feeds/feed.ts";
import type { EventSink } from "../telemetry/events.ts";
import type { ProducerMode } from "./options.ts";

/** A feed that breaks off after it gave bars is asked again within this time. */
const pauseMsMax = 5000;

export interface ReadFeedOptions {
  readonly feed: Feed;
  readonly mode: ProducerMode;
  readonly request: FeedRequest;
  readonly clock: Clock;
  readonly random: Random;
  /** Aborts to end the reading; it then returns. */
  readonly signal: AbortSignal;
  readonly events: EventSink;
  /** Gets every event of the feed; the feed is read on when it has resolved. */
  readonly handle: (event: FeedEvent) => Promise<void>;
}

/**
 * Reads a feed as its mode says. A failure that may pass begins the request anew after a wait,
 * for ever: what was read already is known to be published by then.
 */
export async function readFeed(options: ReadFeedOptions): Promise<void> {
  const { mode, clock, signal } = options;
  try {
    await readRequest(options);
    if (typeof mode === "string") return;
    while (!signal.aborted) {
      await clock.sleep(mode.pollIntervalMs, signal);
      await readRequest(options);
    }
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
  }
}

/** Reads one request to its end. */
async function readRequest(options: ReadFeedOptions): Promise<void> {
  const { clock, random, signal, events } = options;
  const operation = "read the feed";
  for (;;) {
    const broken = await retry(async () => readUntilBroken(options), {
      clock,
      random,
      signal,
      onRetry: (attempt) => events({ kind: "retry", operation, ...attempt }),
    });
    if (broken === null) return;
    const waitMs = Math.floor(random.next() * pauseMsMax);
    events({ kind: "retry", operation, error: broken, attempt: 1, waitMs });
    await clock.sleep(waitMs, signal);
  }
}

/** Null at the feed's end; the failure that may pass when it had given bars before it. */
async function readUntilBroken(options: ReadFeedOptions): Promise<EgxError | null> {
  const { feed, mode, request, signal, events, handle } = options;
  let given = false;
  events({ kind: "feed", state: "asked", delaySeconds: feed.delaySeconds });
  try {
    const read = mode === "live" ? feed.live(request, signal) : feed.history(request, signal);
    for await (const event of read) {
      given ||= event.kind === "bars";
      await handle(event);
    }
    events({ kind: "feed", state: "ended", delaySeconds: feed.delaySeconds });
    return null;
  } catch (error) {
    events({ kind: "feed", state: "broken", delaySeconds: feed.delaySeconds });
    // The feed worked, so the wait for it begins anew and does not grow from one day to the next.
    if (given && error instanceof EgxError && error.retryable) return error;
    throw error;
  }
}
