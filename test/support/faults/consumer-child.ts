/**
 * A consumer that dies without notice at a step of the protocol, and whose session may be short:
 * `consumer-child.ts JSON`, see {@link ChildOptions}. Tells its events on stderr, a line each.
 */
import process from "node:process";
import { systemClock } from "../../../src/base/clock.ts";
import { systemRandom } from "../../../src/base/random.ts";
import { z } from "../../../src/base/schema.ts";
import type { SealedBatch, SealedObject } from "../../../src/consumer/batch.ts";
import {
  ChainWriter,
  type ClaimedBatch,
  type WriterContext,
} from "../../../src/consumer/chain-writer.ts";
import { runConsumer } from "../../../src/consumer/consumer.ts";
import { defaultBudgetBytes } from "../../../src/consumer/options.ts";
import { openS3Lake } from "../../../src/lake/s3/s3-lake.ts";
import type { ChainEnd } from "../../../src/ledger/chain.ts";
import type { StoredEntry } from "../../../src/ledger/entry.ts";
import type { ChainId } from "../../../src/ledger/layout.ts";
import { openKafkaLog } from "../../../src/log/kafka/kafka-log.ts";
import type { Log, LogProducer, Membership } from "../../../src/log/log.ts";
import { steps, type Step } from "./steps.ts";

const childOptions = z.object({
  brokers: z.array(z.string()),
  endpoint: z.string(),
  user: z.string(),
  password: z.string(),
  bucket: z.string(),
  topic: z.string(),
  group: z.string(),
  sessionTimeoutMs: z.number(),
  flushRecords: z.number(),
  flushIntervalMs: z.number(),
  once: z.boolean(),
  /** Null lives on. */
  dieAt: z.enum(steps).nullable(),
});
export type ChildOptions = z.output<typeof childOptions>;

const options = childOptions.parse(JSON.parse(process.argv[2] ?? ""));
const state = { hasWritten: false };

/** Ends this process at once, as a power cut would, if this is the step to die at. */
async function at(step: Step): Promise<void> {
  if (step !== options.dieAt) return;
  process.kill(process.pid, "SIGKILL");
  await new Promise(() => undefined);
}

class DyingWriter extends ChainWriter {
  #takesOver = false;

  constructor(context: WriterContext, chain: ChainId, signal: AbortSignal) {
    super({ ...context, deadLetters: dyingProducer(context.deadLetters) }, chain, signal);
  }

  protected override async findEnd(likelyEnd: number): Promise<ChainEnd> {
    const end = await super.findEnd(likelyEnd);
    await at("after finding the chain's end");
    return end;
  }

  protected override async finishLast(stored: StoredEntry, logStart: number): Promise<number> {
    this.#takesOver = true;
    const rewritten = await super.finishLast(stored, logStart);
    this.#takesOver = false;
    await at("after finishing the last entry");
    return rewritten;
  }

  override async claim(batch: SealedBatch): Promise<ClaimedBatch | null> {
    await at("before the claim");
    const claimed = await super.claim(batch);
    await at("after the claim");
    return claimed;
  }

  override async write(claimed: ClaimedBatch): Promise<void> {
    await super.write(claimed);
    state.hasWritten = true;
    await at("after the objects");
  }

  protected override async putObjects(objects: readonly SealedObject[]): Promise<void> {
    const half = Math.ceil(objects.length / 2);
    await super.putObjects(objects.slice(0, half));
    await at(this.#takesOver ? "amid the objects of a takeover" : "amid the objects");
    await super.putObjects(objects.slice(half));
  }

  override async noteFinished(): Promise<void> {
    await at("before noting the end");
    await super.noteFinished();
    await at("after noting the end");
  }
}

function dyingProducer(producer: LogProducer): LogProducer {
  return {
    send: async (records) => {
      await at("before the copies of dead letters");
      const positions = await producer.send(records);
      await at("after the copies of dead letters");
      return positions;
    },
    close: () => producer.close(),
  };
}

function dyingMembership(membership: Membership): Membership {
  return {
    commit: async (assigned, offset, metadata) => {
      await membership.commit(assigned, offset, metadata);
      if (state.hasWritten) await at("after the commit");
    },
    leave: () => membership.leave(),
  };
}

function withDyingMemberships(log: Log): Log {
  return new Proxy(log, {
    get(target, name): unknown {
      if (name === "join") {
        return async (request: Parameters<Log["join"]>[0]) =>
          dyingMembership(await target.join(request));
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

const stopping = new AbortController();
process.once("SIGTERM", () => stopping.abort(new Error("stopped by a signal")));
const host = { clock: systemClock, random: systemRandom };
const log = await openKafkaLog({ brokers: options.brokers, ...host });
const lake = await openS3Lake({
  bucket: options.bucket,
  endpoint: options.endpoint,
  credentials: { accessKeyId: options.user, secretAccessKey: options.password },
  createBucket: true,
  clock: systemClock,
});
await runConsumer(
  {
    log: withDyingMemberships(log),
    lake,
    topic: options.topic,
    deadLetterTopic: `${options.topic}.dlq`,
    group: options.group,
    writer: `child/${process.pid}`,
    prefix: "streaming/",
    compression: "none",
    flush: {
      records: options.flushRecords,
      bytes: 64 * 1024 * 1024,
      objects: 2_000,
      intervalMs: options.flushIntervalMs,
    },
    budgetBytes: defaultBudgetBytes,
    acceptedLosses: [],
    once: options.once,
    sessionTimeoutMs: options.sessionTimeoutMs,
    ...host,
    signal: stopping.signal,
    stopTimeoutMs: 10_000,
    // A flush is told in the words of `egx consumer`, since tests wait for either.
    events: ({ kind }) => process.stderr.write(`${kind === "flushed" ? "stored" : kind}\n`),
  },
  (...parameters) => new DyingWriter(...parameters),
);
await log.close();
await lake.close();
