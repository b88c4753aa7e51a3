import { utf8 } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import { instantNow } from "../base/clock.ts";
import type { ErrorCode } from "../base/error-codes.ts";
import { EgxError } from "../base/errors.ts";
import type { Lake } from "../lake/lake.ts";
import {
  closeDeadLetter,
  listDeadLetters,
  type DeadLetter,
  type KeptDeadLetter,
} from "../ledger/dead-letters.ts";
import type { Log, LogHeader, LogProducer } from "../log/log.ts";

const attemptHeader = "dlq-attempt";
const originHeader = "dlq-replay-of";

/** Which dead letters are meant; all that is given has to hold. */
export interface LetterFilter {
  readonly topic?: string;
  readonly codes?: ReadonlySet<ErrorCode>;
  /** Publishing time of the record, epoch milliseconds: [fromMs, toMs). */
  readonly fromMs?: number;
  readonly toMs?: number;
  /** One record's letter; of each log that has one there, unless the log is named. */
  readonly position?: {
    readonly partition: number;
    readonly offset: number;
    readonly logId?: string;
  };
}

export interface ReplayOptions {
  readonly log: Log;
  readonly lake: Lake;
  readonly filter: LetterFilter;
  /** Tell what would be done, and do nothing. */
  readonly dryRun: boolean;
  /** Letters that failed after this many replays are left alone. */
  readonly attemptsMax: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onLetter: (kept: KeptDeadLetter, outcome: ReplayOutcome) => void;
}

export type ReplayOutcome = "replayed" | "would-replay" | "too-often" | "closed-meanwhile";

/** A dead letter's name: `log/topic/partition/offset`. */
function letterId({ chain, letter }: KeptDeadLetter): string {
  return `${chain.logId}/${chain.topic}/${chain.partition}/${letter.offset}`;
}

/** The open dead letters that a filter means. */
async function* openLetters(lake: Lake, filter: LetterFilter): AsyncGenerator<KeptDeadLetter> {
  for await (const kept of listDeadLetters(lake)) {
    if (kept.end === null && matches(kept, filter)) yield kept;
  }
}

/**
 * Publishes dead letters again to the topic that they came from, key, value and headers as they
 * were, and closes each. A letter that fails again becomes a new one that knows how often it was
 * replayed. A crash between the two steps publishes once more: that adds a record, not a bar.
 */
export async function replayDeadLetters(options: ReplayOptions): Promise<void> {
  const producers = new Map<string, LogProducer>();
  try {
    for await (const kept of openLetters(options.lake, options.filter)) {
      options.signal.throwIfAborted();
      const outcome = await replayOne(kept, options, producers);
      options.onLetter(kept, outcome);
    }
  } finally {
    for (const producer of producers.values()) await producer.close();
  }
}

export interface WaiveOptions {
  readonly lake: Lake;
  readonly filter: LetterFilter;
  /** Kept with each letter; not empty. */
  readonly reason: string;
  /** Tell what would be done, and do nothing. */
  readonly dryRun: boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onLetter: (kept: KeptDeadLetter, outcome: WaiveOutcome) => void;
}

export type WaiveOutcome = "waived" | "would-waive" | "closed-meanwhile";

/**
 * Closes dead letters that nobody will replay, with a reason.
 * @throws E_USAGE without a reason
 */
export async function waiveDeadLetters(options: WaiveOptions): Promise<void> {
  const { lake, filter, reason, dryRun, clock, signal } = options;
  if (reason.trim() === "") {
    throw new EgxError("E_USAGE", "a dead letter is waived with a reason: --reason");
  }
  const at = instantNow(clock).toString({ fractionalSecondDigits: 3 });
  const end = { outcome: "waived", note: reason, at } as const;
  for await (const kept of openLetters(lake, filter)) {
    signal.throwIfAborted();
    const letter = { chain: kept.chain, offset: kept.letter.offset };
    let outcome: WaiveOutcome = "would-waive";
    if (!dryRun)
      outcome = (await closeDeadLetter(lake, letter, end)) ? "waived" : "closed-meanwhile";
    options.onLetter(kept, outcome);
  }
}

async function replayOne(
  kept: KeptDeadLetter,
  options: ReplayOptions,
  producers: Map<string, LogProducer>,
): Promise<ReplayOutcome> {
  const { chain, letter } = kept;
  const attempts = attemptsOf(letter);
  if (attempts >= options.attemptsMax) return "too-often";
  if (options.dryRun) return "would-replay";
  let producer = producers.get(chain.topic);
  if (producer === undefined) {
    producer = await options.log.producer(chain.topic);
    producers.set(chain.topic, producer);
  }
  const headers: LogHeader[] = letter.headers.filter(
    ({ key }) => key !== attemptHeader && key !== originHeader,
  );
  headers.push(
    { key: attemptHeader, value: utf8(String(attempts + 1)) },
    { key: originHeader, value: utf8(letterId(kept)) },
  );
  const [position] = await producer.send([{ key: letter.key, value: letter.value, headers }]);
  const closed = await closeDeadLetter(
    options.lake,
    { chain, offset: letter.offset },
    {
      outcome: "replayed",
      note: position === undefined ? "" : `${position.partition}/${position.offset}`,
      at: instantNow(options.clock).toString({ fractionalSecondDigits: 3 }),
    },
  );
  return closed ? "replayed" : "closed-meanwhile";
}

/** How often a letter has been replayed before. */
function attemptsOf(letter: DeadLetter): number {
  const header = letter.headers.find(({ key }) => key === attemptHeader);
  const attempts = header === undefined ? 0 : Number(Buffer.from(header.value).toString("latin1"));
  return Number.isInteger(attempts) && attempts > 0 ? attempts : 0;
}

function matches(kept: KeptDeadLetter, filter: LetterFilter): boolean {
  const { letter, chain } = kept;
  if (filter.topic !== undefined && filter.topic !== chain.topic) return false;
  if (filter.codes !== undefined && !filter.codes.has(letter.code)) return false;
  if (filter.fromMs !== undefined && letter.timestampMs < filter.fromMs) return false;
  if (filter.toMs !== undefined && letter.timestampMs >= filter.toMs) return false;
  const { position } = filter;
  if (position === undefined) return true;
  const { partition, offset, logId = chain.logId } = position;
  return partition === chain.partition && offset === letter.offset && logId === chain.logId;
}
