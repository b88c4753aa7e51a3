import { readFile } from "node:fs/promises";
import { sha256Hex } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import { EgxError } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import { retry } from "../base/retry.ts";
import type { Lake } from "../lake/lake.ts";
import type { Calendar } from "../market/calendar.ts";
import { type Interval, intervals } from "../market/interval.ts";
import { makeScratchFolder } from "../parquet/scratch-folder.ts";
import { type BuiltState, readState } from "../silver/built-state.ts";
import { versionOf } from "../silver/partition-merge.ts";
import { openQuery } from "../silver/query.ts";
import {
  certificatesPrefix,
  certificatesKey,
  certifiedKey,
  parseCertificatesKey,
} from "../silver/silver-keys.ts";
import type { EventSink } from "../telemetry/events.ts";
import { CertificateWriter, type PreparedCertificates } from "./certificate-writer.ts";
import {
  type CertifiedState,
  certificateFormat,
  encodeCertifiedState,
  readCertifiedState,
  type StoredCertifiedState,
} from "./certified-state.ts";
import { planCertificates } from "./certify-plan.ts";
import { drawUp } from "./draw-up.ts";
import { readMarketFacts } from "./silver-market.ts";
import { readWaivers } from "./waivers.ts";

export interface CertifyOptions {
  readonly lake: Lake;
  /** A folder on this machine for what is worked on; made when there is none. */
  readonly scratchFolder: string;
  readonly calendar: Calendar;
  /** Default: all that silver holds. */
  readonly intervals?: readonly Interval[];
  readonly clock: Clock;
  readonly random: Random;
  readonly signal?: AbortSignal;
  readonly events?: EventSink;
}

export interface CertifySummary {
  /** Partitions whose certificates were drawn up anew, and those that stayed as they were. */
  readonly certified: number;
  readonly unchanged: number;
  /** Certificates that were drawn up. */
  readonly rows: number;
}

const attemptsMax = 10;

/**
 * Brings the certificates up to silver, the calendar and the clock: partitions of which nothing
 * has changed are left alone. Any number may run at once, and one may break off at any moment.
 * @throws as builds and queries do.
 */
export async function certify(options: CertifyOptions): Promise<CertifySummary> {
  const { clock, random, signal, events } = options;
  return retry(() => certifyOnce(options), {
    clock,
    random,
    ...(signal === undefined ? {} : { signal }),
    attemptsMax,
    // What an operator has to mend is told at once.
    isFinal: ({ exitCode }) => exitCode === 78,
    onRetry: ({ error, attempt, waitMs }) =>
      events?.({ kind: "retry", operation: "certify", error, attempt, waitMs }),
  });
}

async function certifyOnce(options: CertifyOptions): Promise<CertifySummary> {
  const { lake, scratchFolder, clock, signal } = options;
  const stored = await readCertifiedState(lake);
  const whole = await wholeObjects(lake, stored);
  const { state } = await readState(lake);
  if (state === null) return { certified: 0, unchanged: 0, rows: 0 };
  await using folder = await makeScratchFolder(scratchFolder, "build");
  await using query = await openQuery({ lake, scratchFolder, clock });
  const writer = await CertificateWriter.open(folder.path, { lake, query, state });
  try {
    const waivers = await readWaivers(lake);
    const nowMs = clock.nowMs();
    const prepared: PreparedCertificates[] = [];
    let unchanged = 0;
    for (const interval of options.intervals ?? intervals) {
      const market = await readMarketFacts(query, options.calendar, interval);
      const facts = { calendar: options.calendar, interval, state, market, waivers, nowMs };
      const plans = planCertificates(facts);
      const changed = plans.filter(
        ({ name, inputs }) => whole.get(certificatesKey(name)) !== inputs,
      );
      unchanged += plans.length - changed.length;
      for (const plan of changed) {
        signal?.throwIfAborted();
        prepared.push(await writer.write(plan, await drawUp(query, facts, plan), nowMs));
      }
    }
    await publish(lake, stored, { prepared, gone: goneKeys(stored.state, state) });
    const rows = prepared.reduce((sum, object) => sum + object.rows, 0);
    return { certified: prepared.length, unchanged, rows };
  } finally {
    writer.close();
  }
}

/**
 * The inputs of every object that is as it was written. Others are removed: certificates are
 * derived, and damaged ones are drawn up again.
 * @throws E_SILVER_BUSY when an object may be another process's that has begun meanwhile.
 */
async function wholeObjects(
  lake: Lake,
  { state, version }: StoredCertifiedState,
): Promise<ReadonlyMap<string, string>> {
  const whole = new Map<string, string>();
  for await (const { key } of lake.list(certificatesPrefix)) {
    if (parseCertificatesKey(key) === null) continue;
    const body = (await lake.get(key))?.body;
    const sha256 = body === undefined ? null : sha256Hex(body);
    const known = [state.objects[key], state.pending[key]].find(
      (object) => object?.sha256 === sha256,
    );
    if (known !== undefined) whole.set(key, known.inputs);
    else if ((await versionOf(lake, certifiedKey)) === version) await lake.delete(key);
    else throw busy(certifiedKey);
  }
  return whole;
}

/** Certificates of partitions that silver does not hold any more. */
function goneKeys(certified: CertifiedState, silver: BuiltState): readonly string[] {
  return Object.keys(certified.objects).filter(
    (key) => silver.series[parseCertificatesKey(key) ?? ""] === undefined,
  );
}

async function publish(
  lake: Lake,
  stored: StoredCertifiedState,
  next: { readonly prepared: readonly PreparedCertificates[]; readonly gone: readonly string[] },
): Promise<void> {
  const { prepared, gone } = next;
  if (prepared.length === 0 && gone.length === 0 && stored.readable) return;
  const facts = Object.fromEntries(
    prepared.map(({ key, sha256, rows, inputs }) => [key, { sha256, rows, inputs }]),
  );
  const { objects, pending } = stored.state;
  const announced = { ...stored.state, pending: { ...pending, ...facts } };
  const version = await putState(lake, announced, stored.version);
  for (const { key, file, expected } of prepared) {
    const answer = await lake.replace(key, await readFile(file), expected);
    if (answer === "changed") throw busy(key);
  }
  for (const key of gone) await lake.delete(key);
  const kept = Object.fromEntries(Object.entries(objects).filter(([key]) => !gone.includes(key)));
  const done = { format: certificateFormat, objects: { ...kept, ...facts }, pending: {} } as const;
  await putState(lake, done, version);
}

/** Replaces the state; gives its new version. */
async function putState(
  lake: Lake,
  state: CertifiedState,
  expected: string | null,
): Promise<string> {
  const body = encodeCertifiedState(state);
  const answer = await lake.replace(certifiedKey, body, expected);
  const stored = answer === "replaced" ? await lake.get(certifiedKey) : null;
  if (stored === null || Buffer.compare(stored.body, body) !== 0) throw busy(certifiedKey);
  return stored.version;
}

function busy(key: string): EgxError {
  return new EgxError("E_SILVER_BUSY", `${key} was replaced by another process meanwhile`, {
    details: { key },
  });
}
