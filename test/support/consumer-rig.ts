import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { utf8 } from "../../src/base/bytes.ts";
import { systemClock } from "../../src/base/clock.ts";
import { systemRandom } from "../../src/base/random.ts";
import { runConsumer } from "../../src/consumer/consumer.ts";
import {
  defaultBudgetBytes,
  defaultFlushLimits,
  type ConsumerOptions,
  type ConsumerSummary,
} from "../../src/consumer/options.ts";
import { openFolderLake } from "../../src/lake/folder-lake.ts";
import type { Lake } from "../../src/lake/lake.ts";
import type { Finding } from "../../src/ledger/finding.ts";
import { verifyLedger, type VerifySummary } from "../../src/ledger/verify.ts";
import type { Log, NewRecord } from "../../src/log/log.ts";
import { encodeBar } from "../../src/market/codec.ts";
import type { Bar } from "../../src/market/bar.ts";
import { parseInterval } from "../../src/market/interval.ts";
import { openSqliteLog } from "../../src/log/sqlite-log.ts";
import type { PipelineEvent } from "../../src/telemetry/events.ts";

export const rigTopic = "bars";
export const rigDeadTopic = "bars.dlq";

/** A real log and a real lake in a folder of the test's own. */
export interface Rig {
  readonly folder: string;
  readonly log: Log;
  readonly lake: Lake;
  readonly events: PipelineEvent[];
  /** Publishes values (text, bytes or null), all with one key. */
  publish(...values: readonly (string | Uint8Array | null)[]): Promise<void>;
  /** Runs a consumer to the log's end. */
  consume(options?: Partial<ConsumerOptions>): Promise<ConsumerSummary>;
  verify(options?: { readonly fast?: boolean }): Promise<Verified>;
}

export interface Verified {
  readonly summary: VerifySummary;
  readonly findings: readonly Finding[];
}

export async function makeRig(t: TestContext, partitions = 1): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), "egx-rig-"));
  const host = { clock: systemClock, random: systemRandom };
  const closers = [(): Promise<void> => rm(folder, { recursive: true, force: true })];
  t.after(async () => {
    for (const close of closers.toReversed()) await close();
  });
  const log = await openSqliteLog({ folder: join(folder, "log"), ...host });
  closers.push(() => log.close());
  const lake = await openFolderLake({
    folder: join(folder, "lake"),
    create: true,
    clock: systemClock,
  });
  closers.push(() => lake.close());
  const spec = { retentionMs: null, retentionBytes: null };
  await log.createTopic({ name: rigTopic, partitions, ...spec });
  await log.createTopic({ name: rigDeadTopic, partitions: 1, ...spec });
  const events: PipelineEvent[] = [];
  return {
    folder,
    log,
    lake,
    events,
    publish: (...values) => publish(log, values),
    consume: (options = {}) => runConsumer({ ...rigOptions(log, lake, events), ...options }),
    verify: (options = {}) => verify(lake, options),
  };
}

/** The options of a consumer that runs to the log's end. */
export function rigOptions(log: Log, lake: Lake, events: PipelineEvent[]): ConsumerOptions {
  return {
    log,
    lake,
    topic: rigTopic,
    deadLetterTopic: rigDeadTopic,
    group: "writers",
    writer: "rig",
    prefix: "streaming/",
    compression: "none",
    flush: defaultFlushLimits,
    budgetBytes: defaultBudgetBytes,
    acceptedLosses: [],
    once: true,
    sessionTimeoutMs: 2000,
    clock: systemClock,
    random: systemRandom,
    signal: new AbortController().signal,
    stopTimeoutMs: 10_000,
    events: (event) => events.push(event),
  };
}

async function publish(log: Log, values: readonly (string | Uint8Array | null)[]): Promise<void> {
  const producer = await log.producer(rigTopic);
  const records: NewRecord[] = values.map((value) => ({
    key: utf8("COMI"),
    value: typeof value === "string" ? utf8(value) : value,
    headers: [{ key: "source", value: utf8("test") }],
  }));
  await producer.send(records);
  await producer.close();
}

async function verify(lake: Lake, options: { readonly fast?: boolean }): Promise<Verified> {
  const findings: Finding[] = [];
  const onFinding = (finding: Finding): number => findings.push(finding);
  return { summary: await verifyLedger(lake, { ...options, onFinding }), findings };
}

/** A valid message; minutes count from 2025-11-24T10:00 in Cairo. */
export function message(minute: number, changes: Partial<Bar> = {}): string {
  return encodeBar({
    symbol: "COMI",
    exchange: "EGX",
    interval: parseInterval("1m"),
    startMs: Date.UTC(2025, 10, 24, 8, minute),
    open: 10,
    high: 11,
    low: 9,
    close: 10.5,
    volume: 100 + minute,
    ingestedMs: Date.UTC(2025, 10, 24, 9, minute),
    final: true,
    source: "tradingview",
    currency: "EGP",
    adjusted: "splits",
    ...changes,
  });
}
