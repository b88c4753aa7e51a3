import { instantNow } from "../base/clock.ts";
import { EgxError } from "../base/errors.ts";
import { retry } from "../base/retry.ts";
import type { LogProducer, TopicInfo } from "../log/log.ts";
import { cairoZone } from "../market/cairo-time.ts";
import { learnPublished } from "./learn.ts";
import type { ProducerOptions, ProducerSummary } from "./options.ts";
import { PublishedBars } from "./published-bars.ts";
import { ProducerSession } from "./session.ts";
import { SummaryCounter } from "./summary.ts";

const readBackRecordsMaxDefault = 2_000_000;
/** Past dates that a run may be asked for without a word. */
const pastDatesMax = 60;

/**
 * Publishes a feed's bars to a topic: only those that are new there or have changed, provisional
 * ones at most once in `publishIntervalMs`, final ones at once. What is there already it learns
 * from the end of the topic itself, so that nothing has to be kept beside it.
 *
 * Failures that may pass, of feed and log, are waited out for ever; no more than two batches are
 * held meanwhile. What concerns one symbol or one row ends nothing and is in the summary.
 * @throws E_LOG_TOPIC_UNKNOWN; and what feed or log throw for good, after what had been read
 *   before was sent
 */
export async function runProducer(options: ProducerOptions): Promise<ProducerSummary> {
  const startedMs = options.clock.monotonicMs();
  const counter = new SummaryCounter();
  const seconds = (): number => (options.clock.monotonicMs() - startedMs) / 1000;
  try {
    const topic = await findTopic(options);
    const published = new PublishedBars(options.memory);
    const records = await learnPublished({
      log: options.log,
      topic,
      recordsMax: options.readBackRecordsMax ?? readBackRecordsMaxDefault,
      published,
      signal: options.signal,
      tried: async (operation) => tried(options, "read back the topic", operation),
    });
    options.events({ kind: "learned", records, bars: published.size, seconds: seconds() });
    warnOfBulk(options);
    const open = (): Promise<LogProducer> => options.log.producer(topic.name);
    const producer = await tried(options, "reach the topic", open);
    await new ProducerSession(options, { producer, published, counter }).run();
  } catch (error) {
    // Stopped before the feed was asked for anything.
    if (!options.signal.aborted || error !== options.signal.reason) throw error;
  }
  return counter.summary(seconds());
}

async function findTopic(options: ProducerOptions): Promise<TopicInfo> {
  const { log, topic } = options;
  const info = await tried(options, "look at the topic", () => log.describeTopic(topic));
  if (info !== null) return info;
  throw new EgxError("E_LOG_TOPIC_UNKNOWN", `there is no topic ${topic} at ${log.url}`);
}

async function tried<T>(
  { clock, random, signal, events }: ProducerOptions,
  operation: string,
  run: () => Promise<T>,
): Promise<T> {
  return retry(run, {
    clock,
    random,
    signal,
    onRetry: (attempt) => events({ kind: "retry", operation, ...attempt }),
  });
}

/** History in bulk makes an object a symbol and date of what is better a few Parquet files. */
function warnOfBulk({ request, clock, mode, events }: ProducerOptions): void {
  if (mode === "live" || request.from === undefined) return;
  const today = instantNow(clock).toZonedDateTimeISO(cairoZone).toPlainDate();
  const to = request.to ?? today;
  const last = Temporal.PlainDate.compare(to, today) < 0 ? to : today.subtract({ days: 1 });
  const dates = request.from.until(last).days + 1;
  if (dates <= pastDatesMax) return;
  events({
    kind: "notice",
    text:
      `${dates} past dates were asked for. The log and streaming/ suit days as they come; ` +
      "`egx backfill` and `egx import` load history in bulk, in a few files.",
  });
}
