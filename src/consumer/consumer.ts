import { doneOrAborted } from "../base/abort.ts";
import { EgxError, toEgxError } from "../base/errors.ts";
import { limitTo } from "../base/limit.ts";
import { probeExclusiveCreate, readLakeKind } from "../ledger/lake-kind.ts";
import { logIdOf } from "../ledger/layout.ts";
import { isStoredTo } from "../ledger/stored-to.ts";
import type { AssignedPartition, Membership, TopicInfo } from "../log/log.ts";
import { ByteBudget } from "./budget.ts";
import type { WriterContext } from "./chain-writer.ts";
import { LakeKindCell } from "./lake-kind-cell.ts";
import type { ConsumerOptions, ConsumerSummary } from "./options.ts";
import { evenWithoutTopic, patiently, patientlyAtStart } from "./patience.ts";
import { PartitionWorker, type WorkerOptions } from "./partition-worker.ts";
import { SummaryCounter } from "./summary.ts";

/**
 * Reads a topic into the lake, each record into one object or one dead letter, exactly once
 * (`ledger/` and {@link ChainWriter} have the protocol). Any number of processes may run it; the
 * group shares the partitions among them.
 *
 * Failures that may pass are waited out for ever. A set-up that cannot work ends it at the start
 * (exit code 78); once it has worked, the same failures are waited out too. When the topic or the
 * lake is gone and made again, it begins anew with what is there. A partition that has to stop
 * (E_LEDGER_RECORDS_GONE …) is told by an event and leaves the others running.
 *
 * @throws EgxError of the first partition that stopped, when none is left; in `once` mode at the
 *   end of the others.
 */
export async function runConsumer(
  options: ConsumerOptions,
  makeWriter?: WorkerOptions["makeWriter"],
): Promise<ConsumerSummary> {
  const startedMs = options.clock.monotonicMs();
  const summary = new SummaryCounter();
  try {
    let topic = await checkSetUp(options);
    for (;;) {
      const gone = await runSession(options, topic, summary, makeWriter);
      if (gone === null) break;
      topic = await beginAnew(options, gone);
    }
  } catch (error) {
    // Stopped while it waited for something: that is an end, not a failure.
    if (!options.signal.aborted || error !== options.signal.reason) throw error;
  }
  return summary.summary((options.clock.monotonicMs() - startedMs) / 1000);
}

function runSession(
  options: ConsumerOptions,
  topic: TopicInfo,
  summary: SummaryCounter,
  makeWriter: WorkerOptions["makeWriter"],
): Promise<EgxError | null> {
  return new ConsumerSession(options, topic, summary, makeWriter).run();
}

/** Everything that must be right before the first record is read. */
async function checkSetUp(options: ConsumerOptions): Promise<TopicInfo> {
  const { log, lake, topic, deadLetterTopic } = options;
  const tried = <T>(operation: string, run: () => Promise<T>): Promise<T> =>
    patientlyAtStart(options, options.signal, operation, run);
  const info = await tried("look at the topic", () => log.describeTopic(topic));
  if (info === null) throw unknownTopic(topic, log.url);
  if (info.compacted) {
    throw new EgxError("E_LOG_TOPIC_COMPACTED", `the topic ${topic} is compacted`);
  }
  const dead = await tried("look at the dead-letter topic", () =>
    log.describeTopic(deadLetterTopic),
  );
  if (dead === null) throw unknownTopic(deadLetterTopic, log.url);
  await tried("try the lake", () => probeExclusiveCreate(lake));
  await tried("read the lake's kind", () => readLakeKind(lake));
  return info;
}

function unknownTopic(topic: string, url: string): EgxError {
  return new EgxError("E_LOG_TOPIC_UNKNOWN", `there is no topic ${topic} at ${url}`);
}

/** The topic or the lake is gone after it was there: somebody makes it again, so it is awaited. */
async function beginAnew(options: ConsumerOptions, gone: EgxError): Promise<TopicInfo> {
  const { log, lake, topic, signal, clock, random, events } = options;
  const waitMs = Math.floor(random.next() * 1000);
  events({ kind: "retry", operation: "go on", error: gone, attempt: 1, waitMs });
  await clock.sleep(waitMs, signal);
  await patiently(options, signal, "try the lake", () => probeExclusiveCreate(lake));
  const find = async (): Promise<TopicInfo> => {
    const info = await log.describeTopic(topic);
    if (info === null) throw unknownTopic(topic, log.url);
    return info;
  };
  return patiently(options, signal, "find the topic", () => evenWithoutTopic(find));
}

interface RunningWorker {
  readonly worker: PartitionWorker;
  readonly ended: Promise<void>;
}

/** One membership of the group, for one topic id. */
class ConsumerSession {
  readonly #options: ConsumerOptions;
  readonly #topic: TopicInfo;
  readonly #summary: SummaryCounter;
  readonly #makeWriter: WorkerOptions["makeWriter"];
  readonly #budget: ByteBudget;
  readonly #workers = new Map<number, RunningWorker>();
  readonly #stopped = new Map<number, EgxError>();
  readonly #done = new Set<number>();
  readonly #hard = new AbortController();
  /** With what is gone, when it has to begin anew; null is the end. */
  readonly #ended = Promise.withResolvers<EgxError | null>();
  #targets: ReadonlyMap<number, number> = new Map();
  #context: WriterContext | null = null;
  #membership: Membership | null = null;
  #isStopping = false;

  constructor(
    options: ConsumerOptions,
    topic: TopicInfo,
    summary: SummaryCounter,
    makeWriter: WorkerOptions["makeWriter"],
  ) {
    this.#options = options;
    this.#topic = topic;
    this.#summary = summary;
    this.#makeWriter = makeWriter;
    this.#budget = new ByteBudget(options.budgetBytes);
  }

  async run(): Promise<EgxError | null> {
    const { log, lake, topic, group, sessionTimeoutMs } = this.#options;
    if (this.#options.once) {
      const offsets = await this.#tried("ask for the log's end", () => log.offsets(topic));
      this.#targets = new Map(offsets.map(({ partition, end }) => [partition, end]));
    }
    const deadLetters = await this.#tried("open the dead-letter topic", () =>
      evenWithoutTopic(() => log.producer(this.#options.deadLetterTopic)),
    );
    this.#context = {
      options: this.#options,
      topicId: this.#topic.id,
      kind: new LakeKindCell(lake),
      writes: limitTo(lake.concurrency),
      deadLetters,
    };
    try {
      this.#membership = await this.#tried("join the group", () =>
        log.join({
          group,
          topic,
          ...(sessionTimeoutMs === undefined ? {} : { sessionTimeoutMs }),
          onAssigned: (assigned) => this.#start(assigned),
          onRevoked: (assigned) => this.#giveBack(assigned),
          onFailed: (failure) => this.#ended.reject(failure),
        }),
      );
      this.#options.events({ kind: "joined" });
      return await this.#untilEnd(this.#membership);
    } finally {
      await doneOrAborted(deadLetters.close(), this.#hard.signal);
    }
  }

  #tried<T>(operation: string, run: () => Promise<T>): Promise<T> {
    return patiently(this.#options, this.#options.signal, operation, run);
  }

  async #untilEnd(membership: Membership): Promise<EgxError | null> {
    const watching = new AbortController();
    const watcher = this.#options.once ? this.#watchOthers(watching.signal) : Promise.resolve();
    const onStop = (): void => this.#ended.resolve(null);
    this.#options.signal.addEventListener("abort", onStop, { once: true });
    if (this.#options.signal.aborted) onStop();
    let gone: EgxError | null = null;
    try {
      gone = await this.#ended.promise;
    } finally {
      this.#options.signal.removeEventListener("abort", onStop);
      watching.abort();
      await watcher;
      await this.#stopWorkers();
      await membership.leave();
    }
    const [failure] = this.#stopped.values();
    if (failure !== undefined && gone === null && !this.#options.signal.aborted) throw failure;
    return gone;
  }

  #start(assigned: AssignedPartition): void {
    const { partition, generation, lost } = assigned;
    const { events } = this.#options;
    events({ kind: "assigned", partition, generation });
    lost.addEventListener("abort", () => events({ kind: "revoked", partition }), { once: true });
    if (this.#context === null || this.#stopped.has(partition) || this.#isStopping) return;
    const before = this.#workers.get(partition);
    const worker = new PartitionWorker({
      context: this.#context,
      chain: { topic: this.#options.topic, logId: logIdOf(this.#topic.id), partition },
      assigned,
      membership: () => this.#requireMembership(),
      budget: this.#budget,
      summary: this.#summary,
      untilOffset: this.#options.once ? (this.#targets.get(partition) ?? 0) : null,
      hard: AbortSignal.any([lost, this.#hard.signal]),
      ...(this.#makeWriter === undefined ? {} : { makeWriter: this.#makeWriter }),
    });
    this.#workers.set(partition, { worker, ended: this.#watch(worker, assigned, before?.ended) });
  }

  #requireMembership(): Membership {
    if (this.#membership !== null) return this.#membership;
    throw new EgxError("E_LOG_FENCED", "the group has not been joined yet");
  }

  /** Owns a worker from its start to its end; never rejects. */
  async #watch(
    worker: PartitionWorker,
    { partition }: AssignedPartition,
    before: Promise<void> | undefined,
  ): Promise<void> {
    await before;
    try {
      // One that was asked for in between is not done: whoever gets it goes on.
      if (await worker.run()) this.#done.add(partition);
    } catch (error) {
      this.#fail(partition, toEgxError(error));
    }
    if (this.#workers.get(partition)?.worker === worker) this.#workers.delete(partition);
    this.#endIfNothingIsLeft();
  }

  #fail(partition: number, error: EgxError): void {
    if (error.code === "E_LOG_TOPIC_CHANGED" || error.code === "E_LOG_TOPIC_UNKNOWN") {
      this.#ended.resolve(error);
      return;
    }
    if (error.code === "E_LAKE_MISSING") {
      // In a lake made again chains begin at 0: what is held must not be claimed behind that.
      this.#hard.abort(error);
      this.#ended.resolve(error);
      return;
    }
    this.#options.events({ kind: "partition-stopped", partition, error });
    this.#stopped.set(partition, error);
    if (error.exitCode === 78) this.#ended.reject(error);
  }

  #endIfNothingIsLeft(): void {
    const settled = this.#done.size + this.#stopped.size;
    if (this.#options.once && settled >= this.#topic.partitions) this.#ended.resolve(null);
    const idle = this.#workers.size === 0;
    if (!this.#options.once && idle && this.#stopped.size > 0) this.#ended.resolve(null);
  }

  /** In an orderly rebalance what is held is written before the partition goes. */
  async #giveBack({ partition }: AssignedPartition): Promise<void> {
    const running = this.#workers.get(partition);
    running?.worker.drain("revoked");
    await running?.ended;
  }

  /** Partitions that other members hold are done when the lake says so. */
  async #watchOthers(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    for (;;) {
      try {
        for (const [partition, target] of this.#targets) await this.#look(partition, target);
        this.#endIfNothingIsLeft();
      } catch (error) {
        const known = toEgxError(error);
        if (!known.retryable) {
          this.#ended.reject(known);
          return;
        }
      }
      try {
        await clock.sleep(500, signal);
      } catch {
        return;
      }
    }
  }

  async #look(partition: number, target: number): Promise<void> {
    const mine = this.#workers.has(partition) || this.#stopped.has(partition);
    if (mine || this.#done.has(partition)) return;
    const { lake, topic } = this.#options;
    const chain = { topic, logId: logIdOf(this.#topic.id), partition };
    if (await isStoredTo(lake, chain, target)) this.#done.add(partition);
  }

  /** Lets workers write what they hold, then stops what is not done in time. */
  async #stopWorkers(): Promise<void> {
    this.#isStopping = true;
    const running = [...this.#workers.values()];
    for (const { worker } of running) worker.drain("end");
    const inTime = new AbortController();
    const ended = Promise.all(running.map((worker) => worker.ended));
    const deadline = this.#options.clock.sleep(this.#options.stopTimeoutMs, inTime.signal).then(
      () => this.#hard.abort(new EgxError("E_ABORTED", "stopped before all was written")),
      () => undefined,
    );
    await ended;
    inTime.abort();
    await deadline;
  }
}
