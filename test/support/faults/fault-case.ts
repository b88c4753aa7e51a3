import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { toEgxError } from "../../../src/base/errors.ts";
import { systemClock } from "../../../src/base/clock.ts";
import type { Lake } from "../../../src/lake/lake.ts";
import { openS3Lake } from "../../../src/lake/s3/s3-lake.ts";
import { logIdOf } from "../../../src/ledger/layout.ts";
import { isStoredTo } from "../../../src/ledger/stored-to.ts";
import type { Log } from "../../../src/log/log.ts";
import type { Minio } from "../../../scripts/services/minio.ts";
import { openKafka } from "../services-kafka.ts";
import { checkLake } from "./check-lake.ts";
import type { ChildOptions } from "./consumer-child.ts";
import { Generator, type Acknowledged } from "./generator.ts";
import { StageProcess } from "./stage-process.ts";
import type { Step } from "./steps.ts";
import type { FaultWorld } from "./world.ts";

const egx = fileURLToPath(new URL("../../../src/cli/main.ts", import.meta.url));
const child = fileURLToPath(new URL("consumer-child.ts", import.meta.url));

/** No consumer may take more memory. */
export const memoryMaxMiB = 512;
const partitions = 3;
const smallFlushes = ["--flush-records=300", "--flush-interval=1"] as const;

/** How much of a fault is played: a little in tests, much in `npm run test:faults`. */
export interface FaultSize {
  /** How long an outage lasts. */
  readonly outageMs: number;
  /** How often something is done again: a kill, a rebalance. */
  readonly rounds: number;
  readonly recordsPerSecond: number;
  /** Every record has to be stored this long after the fault at the latest. */
  readonly patienceMs: number;
}

/** What a fault did; nothing may be in `lost`, `doubled` and `problems`. */
export interface FaultOutcome {
  readonly records: number;
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  readonly problems: readonly string[];
  readonly secondsToRecover: number;
  readonly peakMiB: number;
}

export interface CaseOptions {
  readonly name: string;
  readonly size: FaultSize;
  /** Instead of the world's store, without anything before it. */
  readonly store?: Minio;
}

export interface ConsumerFlags {
  readonly once?: boolean;
  readonly acceptLoss?: readonly string[];
}

/** One fault's own topic, bucket and group; what is started here ends with {@link close}. */
export class FaultCase {
  readonly world: FaultWorld;
  readonly size: FaultSize;
  readonly topic: string;
  readonly deadTopic: string;
  readonly group: string;
  readonly bucket: string;
  /** The store itself, without the faults before it. */
  readonly store: Minio;
  readonly log: Log;
  readonly lake: Lake;
  readonly generator: Generator;
  readonly #endpoint: string;
  readonly #processes: StageProcess[] = [];
  readonly #problems: string[] = [];
  #givenUp: (record: Acknowledged) => boolean = () => false;
  #mendedMs: number | null = null;
  #secondsToRecover = 0;

  private constructor(world: FaultWorld, log: Log, lake: Lake, options: CaseOptions) {
    const { name, store, size } = options;
    this.world = world;
    this.log = log;
    this.lake = lake;
    this.size = size;
    this.topic = name;
    this.deadTopic = `${name}.dlq`;
    this.group = `${name}-writers`;
    this.bucket = name;
    this.store = store ?? world.minio;
    this.generator = new Generator(log, name);
    this.#endpoint = store?.endpoint ?? `http://127.0.0.1:${world.storeLine.port}`;
  }

  /** @param options its name names the topic and the bucket, so no other case may have it. */
  static async open(world: FaultWorld, options: CaseOptions): Promise<FaultCase> {
    const log = await openKafka(world.cluster.bootstrap);
    const { endpoint, user, password } = options.store ?? world.minio;
    const lake = await openS3Lake({
      bucket: options.name,
      endpoint,
      credentials: { accessKeyId: user, secretAccessKey: password },
      createBucket: true,
      clock: systemClock,
    });
    const opened = new FaultCase(world, log, lake, options);
    await opened.createTopics();
    return opened;
  }

  async createTopics(): Promise<void> {
    const spec = { partitions, retentionMs: null, retentionBytes: null };
    await this.log.createTopic({ name: this.topic, ...spec });
    await this.createDeadTopic();
  }

  async createDeadTopic(): Promise<void> {
    const spec = { partitions: 1, retentionMs: null, retentionBytes: null };
    await this.log.createTopic({ name: this.deadTopic, ...spec });
  }

  /** Starts `egx consumer` as a user does, with small flushes. */
  consumer(flags: ConsumerFlags = {}): StageProcess {
    return this.#started({
      script: egx,
      args: ["consumer", ...this.#addresses, ...smallFlushes, ...flagsOf(flags)],
      env: this.#credentials,
    });
  }

  /** Starts a consumer whose session is short, and that dies at a step if one is given. */
  shortLived(dieAt: Step | null, once = dieAt !== null): StageProcess {
    const options: ChildOptions = {
      brokers: this.world.cluster.bootstrap.split(","),
      endpoint: this.#endpoint,
      user: this.store.user,
      password: this.store.password,
      bucket: this.bucket,
      topic: this.topic,
      group: this.group,
      sessionTimeoutMs: 1_500,
      flushRecords: 300,
      flushIntervalMs: 1_000,
      once,
      dieAt,
    };
    return this.#started({ script: child, args: [JSON.stringify(options)], env: {} });
  }

  /** Acknowledged records that an operator gave up by their names need not be stored. */
  giveUp(isGivenUp: (record: Acknowledged) => boolean): void {
    this.#givenUp = isGivenUp;
  }

  /** Notes something that the fault had to show, and did not. */
  expect(isSo: boolean, otherwise: string): void {
    if (!isSo) this.#problems.push(otherwise);
  }

  /** The fault is over: from now on the time to recover counts. */
  mended(): void {
    this.#mendedMs = performance.now();
  }

  /** Waits until the group has stored all that the log holds; a case may do so several times. */
  async settle(): Promise<void> {
    const sinceMs = this.#mendedMs ?? performance.now();
    for (;;) {
      const elapsedMs = performance.now() - sinceMs;
      const behind = await this.#lag();
      if (behind === 0) {
        this.#secondsToRecover = Math.max(this.#secondsToRecover, elapsedMs / 1000);
        this.#mendedMs = null;
        return;
      }
      if (elapsedMs > this.size.patienceMs) {
        this.#problems.push(`${behind} records behind ${Math.round(elapsedMs / 1000)} s later`);
        return;
      }
      await sleep(200);
    }
  }

  /** Whether the lake has got an entry more while `whileMs` passed. */
  async isStoring(whileMs: number): Promise<boolean> {
    const before = await this.#entries();
    await sleep(whileMs);
    return (await this.#entries()) > before;
  }

  /** Stops what still runs, and holds the lake against what was acknowledged. */
  async outcome(): Promise<FaultOutcome> {
    for (const running of this.#processes) {
      if (running.isOver) continue;
      const end = await running.stop();
      this.expect(end.code === 0, `a consumer ended with ${end.code ?? end.signal ?? "nothing"}`);
    }
    await this.#verify();
    const { acknowledged } = this.generator;
    const { lost, doubled, problems } = await checkLake(
      this.lake,
      acknowledged.values(),
      (record) => !this.#givenUp(record),
    );
    const peakMiB = Math.max(0, ...this.#processes.map((each) => each.peakMiB));
    this.expect(peakMiB <= memoryMaxMiB, `a consumer took ${peakMiB} MiB`);
    return {
      records: acknowledged.size,
      lost,
      doubled,
      problems: [...this.#problems, ...problems],
      secondsToRecover: this.#secondsToRecover,
      peakMiB,
    };
  }

  async close(): Promise<void> {
    for (const running of this.#processes) await running.kill9();
    await this.generator.close();
    await this.log.close();
    await this.lake.close();
  }

  get #addresses(): readonly string[] {
    return [
      `--topic=${this.topic}`,
      `--bootstrap=${this.world.cluster.bootstrap}`,
      `--bucket=${this.bucket}`,
      `--minio-endpoint=${this.#endpoint}`,
      `--consumer-group=${this.group}`,
    ];
  }

  get #credentials(): Record<string, string> {
    return { AWS_ACCESS_KEY_ID: this.store.user, AWS_SECRET_ACCESS_KEY: this.store.password };
  }

  #started(spec: ConstructorParameters<typeof StageProcess>[0]): StageProcess {
    const started = new StageProcess(spec);
    this.#processes.push(started);
    return started;
  }

  /** Records that the log holds and that are not stored, as the group tells and as the lake does. */
  async #lag(): Promise<number> {
    try {
      const { topic } = this;
      const info = await this.log.describeTopic(topic);
      const committed = await this.log.committed(this.group, topic);
      const stored = new Map(committed.map(({ partition, offset }) => [partition, offset]));
      let behind = 0;
      for (const { partition, start, end } of await this.log.offsets(topic)) {
        const chain = { topic, logId: logIdOf(info?.id ?? ""), partition };
        const told = Math.max(0, end - (stored.get(partition) ?? start));
        behind += told === 0 && !(await isStoredTo(this.lake, chain, end)) ? 1 : told;
      }
      return behind;
    } catch (error) {
      const known = toEgxError(error);
      if (!known.retryable) throw known;
      return Infinity;
    }
  }

  async #entries(): Promise<number> {
    let count = 0;
    for await (const _ of this.lake.list("_ledger/streaming/")) count += 1;
    return count;
  }

  /** `egx verify`, as a user runs it. */
  async #verify(): Promise<void> {
    const verify = new StageProcess({
      script: egx,
      args: ["verify", "--bucket", this.bucket, "--minio-endpoint", this.store.endpoint],
      env: this.#credentials,
    });
    const { code } = await verify.ended;
    this.expect(code === 0, `egx verify ended with ${code}: ${verify.stdout}${verify.stderr}`);
  }
}

function flagsOf({ once = false, acceptLoss = [] }: ConsumerFlags): readonly string[] {
  return [...(once ? ["--once"] : []), ...acceptLoss.map((range) => `--accept-loss=${range}`)];
}
