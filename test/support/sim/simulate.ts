import { utf8 } from "../../../src/base/bytes.ts";
import { toEgxError, type EgxError } from "../../../src/base/errors.ts";
import { randomInt, seededRandom, type Random } from "../../../src/base/random.ts";
import { runConsumer } from "../../../src/consumer/consumer.ts";
import type { AcceptedLoss } from "../../../src/consumer/options.ts";
import type { WorkerOptions } from "../../../src/consumer/partition-worker.ts";
import type { Lake } from "../../../src/lake/lake.ts";
import { encodeBar } from "../../../src/market/codec.ts";
import { parseInterval } from "../../../src/market/interval.ts";
import { chainOf, entriesOf, isWhole, namedObjects, violations, type Truth } from "./check.ts";
import { parseEntry } from "../../../src/ledger/entry.ts";
import { parseEntryKey } from "../../../src/ledger/layout.ts";
import { GroupState } from "./sim-group.ts";
import { LakeState, SimLake } from "./sim-lake.ts";
import { LogState, simDeadTopic, SimLog, simTopic } from "./sim-log.ts";
import { noFaults, SimProcess, World } from "./world.ts";

/** A way to break the protocol; the simulator has to notice each. */
export interface Mutation {
  readonly makeWriter?: WorkerOptions["makeWriter"];
  readonly wrapLake?: (lake: Lake) => Lake;
}

export interface Outcome {
  readonly seed: number;
  /** Empty when every promise held. */
  readonly violations: readonly string[];
  readonly history: readonly string[];
  readonly steps: number;
  readonly entries: number;
}

const stormSteps = 260;

/** Plays one seed: a storm of faults, then calm, then the check of what is stored. */
export async function simulate(seed: number, mutation: Mutation = {}): Promise<Outcome> {
  const simulation = new Simulation(seededRandom(seed), mutation);
  await simulation.storm();
  await simulation.calm();
  return { seed, ...simulation.outcome() };
}

class Simulation {
  readonly #random: Random;
  readonly #mutation: Mutation;
  readonly #world: World;
  readonly #group: GroupState;
  readonly #log: LogState;
  readonly #lake: LakeState;
  readonly #truths: Truth[][];
  readonly #accepted: AcceptedLoss[] = [];
  readonly #found: string[] = [];
  readonly #stop = new AbortController();
  #processes: SimProcess[] = [];
  #started = 0;

  constructor(random: Random, mutation: Mutation) {
    this.#random = random;
    this.#mutation = mutation;
    this.#world = new World(random);
    const partitions = 1 + randomInt(random, 2);
    this.#group = new GroupState(this.#world, partitions);
    this.#log = new LogState(partitions, this.#group);
    this.#lake = new LakeState(random.next() < 0.5);
    this.#truths = Array.from({ length: partitions }, () => []);
    this.#group.onCommit = (partition, offset) => this.#checkCommit(partition, offset);
    this.#lake.onWrite = (key, body) => this.#checkWrite(key, body);
    this.#world.onDeath = (process) => {
      this.#processes = this.#processes.filter((known) => known !== process);
      this.#group.removeProcess(process);
    };
  }

  /** Faults of every kind, while records come in. */
  async storm(): Promise<void> {
    this.#publish(4 + randomInt(this.#random, 12));
    const rate = 0.2 + this.#random.next() * 1.3;
    this.#world.faults = {
      crashBefore: 0.008 * rate,
      crashAfter: 0.012 * rate,
      failBefore: 0.02 * rate,
      lostAnswer: 0.03 * rate,
      delayed: 0.02 * rate,
      duplicate: 0.02 * rate,
      pause: 0.015 * rate,
    };
    while (this.#world.stepsDone < stormSteps) {
      if (this.#processes.length === 0) void this.#start(false);
      const before = this.#world.stepsDone;
      await this.#world.runFor(5 + randomInt(this.#random, 25));
      this.#happen();
      if (this.#world.stepsDone === before) this.#world.stepsDone += 1;
    }
  }

  /** No more faults: whoever lives goes on, and somebody brings it to its end. */
  async calm(): Promise<void> {
    this.#world.faults = noFaults;
    this.#world.landAll();
    if (this.#random.next() < 0.6) for (const process of this.#processes.slice()) process.die();
    for (let attempt = 0; attempt < 8; attempt += 1) {
      const before = this.#accepted.length;
      const last = this.#start(true);
      // An operator's answer to lost records ends it, too.
      if (!(await this.#world.runUntil(() => last.ended || last.process.dead, 6000))) {
        this.#found.push("the last consumer does not come to its end");
        return;
      }
      if (this.#accepted.length === before) return;
    }
    this.#found.push("losses are asked for again and again");
  }

  outcome(): Omit<Outcome, "seed"> {
    this.#stop.abort();
    const damage = ((): string[] => {
      try {
        return violations(this.#lake, this.#truths, this.#accepted);
      } catch (error) {
        return [toEgxError(error).message];
      }
    })();
    this.#group.release();
    return {
      violations: [...this.#found, ...damage],
      history: this.#world.history,
      steps: this.#world.stepsDone,
      entries: [...this.#lake.objects.keys()].filter((key) => key.startsWith("_ledger/s")).length,
    };
  }

  /** One of the things that befall a cluster. */
  #happen(): void {
    const random = this.#random;
    const draw = randomInt(random, 100);
    if (draw < 45) this.#publish(1 + randomInt(random, 6));
    else if (draw < 60 && this.#processes.length < 3) void this.#start(false);
    else if (draw < 70) this.#group.expelOne();
    else if (draw < 77) this.#group.rebalance();
    else if (draw < 81) this.#group.commits.clear();
    else if (draw < 85)
      for (const key of this.#group.commits.keys()) this.#group.commits.set(key, 0);
    else if (draw < 92) this.#retain(false);
    else if (draw < 95) this.#retain(true);
    else if (draw < 98) this.#processes[randomInt(random, this.#processes.length || 1)]?.die();
  }

  #publish(count: number): void {
    for (let index = 0; index < count; index += 1) {
      const partition = randomInt(this.#random, this.#truths.length);
      const { records } = this.#log.partition(partition);
      const truths = this.#truths[partition];
      const draw = this.#random.next();
      const kind: Truth = draw < 0.08 ? "absent" : draw < 0.18 ? "dead" : "bar";
      truths?.push(kind);
      const value = kind === "bar" ? this.#bar() : draw < 0.12 ? null : utf8('{"symbol":');
      const record = { offset: records.length, timestampMs: this.#world.nowMs, key: null, value };
      records.push(kind === "absent" ? undefined : { ...record, headers: [] });
    }
    this.#world.note(`${count} records are published`);
  }

  #bar(): Uint8Array {
    const random = this.#random;
    return utf8(
      encodeBar({
        symbol: ["COMI", "ETEL", "SWDY"][randomInt(random, 3)] ?? "COMI",
        exchange: "EGX",
        interval: parseInterval("1m"),
        startMs:
          1_750_000_000_000 - (1_750_000_000_000 % 60_000) + randomInt(random, 2) * 86_400_000,
        open: 10,
        high: 11,
        low: 9,
        close: 10.5,
        volume: 100,
        ingestedMs: 1_750_000_000_000,
        final: true,
        source: "tradingview",
        currency: "EGP",
        adjusted: "splits",
      }),
    );
  }

  /** Retention deletes records; with `unread` also such as were not stored. */
  #retain(unread: boolean): void {
    const partition = randomInt(this.#random, this.#truths.length);
    const held = this.#log.partition(partition);
    const end = this.#entries(partition).at(-1)?.entry.end ?? 0;
    const bound = unread ? held.records.length : end;
    if (bound <= held.start) return;
    held.start += 1 + randomInt(this.#random, bound - held.start);
    this.#world.note(`retention: ${partition} now starts at ${held.start}`);
  }

  #entries(partition: number): ReturnType<typeof entriesOf> {
    try {
      return entriesOf(this.#lake, partition);
    } catch (error) {
      this.#found.push(toEgxError(error).message);
      return [];
    }
  }

  #start(once: boolean): { readonly process: SimProcess; ended: boolean } {
    const random = this.#random;
    this.#started += 1;
    const skewMs = random.next() < 0.3 ? (random.next() < 0.5 ? 7_200_000 : -7_200_000) : 0;
    const process = new SimProcess(this.#world, `p${this.#started}`, skewMs);
    this.#processes.push(process);
    const lake = new SimLake(this.#lake, process);
    const run = runConsumer(
      {
        log: new SimLog(this.#log, process),
        lake: this.#mutation.wrapLake?.(lake) ?? lake,
        topic: simTopic,
        deadLetterTopic: simDeadTopic,
        group: "writers",
        writer: random.next() < 0.5 ? "writer" : process.name,
        prefix: "streaming/",
        compression: "none",
        flush: {
          records: 2 + randomInt(random, 6),
          bytes: 1500 + randomInt(random, 3000),
          objects: 1 + randomInt(random, 4),
          intervalMs: 200 + randomInt(random, 3000),
        },
        budgetBytes: 1500 + randomInt(random, 6000),
        acceptedLosses: [...this.#accepted],
        once,
        clock: process.clock,
        random: this.#random,
        signal: this.#stop.signal,
        stopTimeoutMs: 10_000,
        events: (event) => {
          if (event.kind === "partition-stopped") this.#stopped(process, event.error);
        },
      },
      this.#mutation.makeWriter,
    );
    const started = { process, ended: false };
    void this.#watch(run, started);
    return started;
  }

  async #watch(
    run: Promise<unknown>,
    started: { readonly process: SimProcess; ended: boolean },
  ): Promise<void> {
    try {
      await run;
      started.ended = true;
    } catch (error) {
      this.#stopped(started.process, toEgxError(error));
    }
  }

  /** An operator reads why a partition stopped, and starts it again with what that asks for. */
  #stopped(process: SimProcess, error: EgxError): void {
    if (process.dead || this.#stop.signal.aborted) return;
    const { first, last, partition } = error.details;
    if (
      error.code === "E_LEDGER_RECORDS_GONE" &&
      typeof first === "number" &&
      typeof last === "number" &&
      typeof partition === "number"
    ) {
      this.#accept({ topic: simTopic, partition, first, last });
    } else {
      this.#found.push(`${process.name} stopped: ${error.code} ${error.message}`);
    }
    process.die();
  }

  #accept(loss: AcceptedLoss): void {
    const known = this.#accepted.some(
      ({ partition, first, last }) =>
        partition === loss.partition && first === loss.first && last === loss.last,
    );
    if (known) return;
    const { start } = this.#log.partition(loss.partition);
    if (loss.first >= start) this.#found.push(`${loss.first}-${loss.last} is not gone`);
    this.#accepted.push(loss);
  }

  /** What the group is told must be stored. */
  #checkCommit(partition: number, offset: number): void {
    const entries = this.#entries(partition);
    for (const [index, stored] of entries.entries()) {
      if (stored.entry.start >= offset) return;
      this.#checkFinished(partition, stored, "was committed", entries[index + 1]?.entry.lost);
    }
    const end = entries.at(-1)?.entry.end ?? 0;
    if (end < offset) this.#found.push(`${offset} was committed and the chain ends at ${end}`);
  }

  /** Only the last entry of a chain may be unfinished. */
  #checkWrite(key: string, body: Uint8Array): void {
    const parsed = parseEntryKey(key);
    if (parsed === null || this.#lake.objects.has(key)) return;
    const { partition } = parsed.chain;
    const before = this.#entries(partition).find(({ entry }) => entry.end === parsed.start);
    if (before === undefined) return;
    try {
      const { entry } = parseEntry(body, chainOf(partition), parsed.start);
      this.#checkFinished(partition, before, "was followed", entry.lost);
    } catch (error) {
      this.#found.push(toEgxError(error).message);
    }
  }

  /** `lost` are the objects that the entry after it gives up. */
  #checkFinished(
    partition: number,
    stored: ReturnType<typeof entriesOf>[number],
    what: string,
    lost: readonly string[] = [],
  ): void {
    const { start } = stored.entry;
    const given = this.#accepted.some(
      (loss) => loss.partition === partition && loss.first === start,
    );
    if (given) return;
    const open = namedObjects(stored).filter(
      (object) => !lost.includes(object.key) && !isWhole(this.#lake, object),
    );
    if (open.length > 0) this.#found.push(`entry ${start} ${what} before it was written`);
  }
}
