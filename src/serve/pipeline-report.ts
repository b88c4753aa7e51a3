import { barEndMs } from "../market/bar-tally.ts";
import type { Calendar } from "../market/calendar.ts";
import { intervals } from "../market/interval.ts";
import { isMarketOpen, marketMsBetween } from "../market/market-time.ts";
import type { PartitionLag as ApiLag, PipelineAnswer, StageState, Why } from "./api/pipeline.ts";
import type { StateWord } from "./api/status.ts";
import { isoOrNull } from "./data/iso.ts";
import type { LagWatch, PartitionLag } from "./lag-watch.ts";
import type { StageName } from "./pipeline-news.ts";
import type { PipelineWatch } from "./pipeline-watch.ts";

/** What a report is made of. */
export interface ReportParts {
  readonly topic: string;
  readonly calendar: Calendar;
  readonly nowMs: number;
  /** Whether bars are made up or played back, at any hour. */
  readonly replay: boolean;
  /** The stages that this process runs. */
  readonly here: ReadonlySet<StageName>;
  readonly watch: PipelineWatch;
  /** Null where there is no log. */
  readonly lag: LagWatch | null;
  /** Sessions by which silver is behind, of its freshest interval; null before the first build. */
  readonly silverBehind: number | null;
  /** When silver was last built anew, epoch milliseconds. */
  readonly silverMs: number | null;
  /** When the newest record was published. */
  readonly publishedMs: number | null;
  /** The start of the newest bar by interval, epoch milliseconds. */
  readonly newestInLog: ReadonlyMap<string, number>;
  readonly clients: number;
}

/** Records may wait this long while the market is open: one flush and its trouble. */
const lagBehindSeconds = 600;
/** How much of the flow a stage may hold before it is called the slowest. */
const waitingRecordsMax = 1_000;

/** How far the lake is behind each partition. */
export function lagLines({ topic, calendar, nowMs, lag }: ReportParts): readonly ApiLag[] {
  return (lag?.lags ?? []).map((of) => lagLine(of, { topic, calendar, nowMs }));
}

function lagLine(
  { partition, start, end, stored, records, oldestMs, deletableMs }: PartitionLag,
  { topic, calendar, nowMs }: Pick<ReportParts, "topic" | "calendar" | "nowMs">,
): ApiLag {
  const ageMs = oldestMs === null ? 0 : Math.max(0, nowMs - oldestMs);
  const marketMs = oldestMs === null ? 0 : marketMsBetween(calendar, oldestMs, nowMs);
  return {
    topic,
    partition,
    start,
    end,
    stored,
    lagRecords: records,
    lagSeconds: ageMs / 1000,
    lagMarketSeconds: marketMs / 1000,
    retentionLeftSeconds: deletableMs === null ? null : (deletableMs - nowMs) / 1000,
  };
}

/** How old the newest bars are at each stage. */
export function freshnessLines(parts: ReportParts): PipelineAnswer["freshness"] {
  const { newestInLog, watch } = parts;
  return [...freshness(parts, "log", newestInLog), ...freshness(parts, "lake", watch.stored)];
}

function freshness(
  { calendar, nowMs }: ReportParts,
  stage: "log" | "lake",
  newest: ReadonlyMap<string, number>,
): PipelineAnswer["freshness"] {
  return intervals.flatMap((interval) => {
    const startMs = newest.get(interval.code);
    if (startMs === undefined) return [];
    const endMs = barEndMs(calendar, interval, startMs);
    const seconds = Math.max(0, nowMs - endMs) / 1000;
    const marketSeconds = marketMsBetween(calendar, endMs, nowMs) / 1000;
    return [{ stage, interval: interval.code, seconds, marketSeconds }];
  });
}

/** The lag of all partitions together; null with the reason when it is not known. */
export function totalLag(
  parts: ReportParts,
  lines: readonly ApiLag[],
  recent: readonly number[],
): PipelineAnswer["lag"] {
  const shown = { trend: trendOf(recent), recent: [...recent] };
  if (lines.length === 0) {
    const unknown = { records: null, seconds: null, marketSeconds: null };
    return { ...unknown, ...shown, ...whyUnknown(parts) };
  }
  const most = (of: (line: ApiLag) => number | null): number =>
    lines.reduce((max, line) => Math.max(max, of(line) ?? 0), 0);
  return {
    records: lines.reduce((sum, { lagRecords }) => sum + (lagRecords ?? 0), 0),
    seconds: most(({ lagSeconds }) => lagSeconds),
    marketSeconds: most(({ lagMarketSeconds }) => lagMarketSeconds),
    ...shown,
    reason: null,
    why: null,
  };
}

function whyUnknown({ lag }: ReportParts): { readonly reason: string; readonly why: Why } {
  if (lag === null) return { reason: "there is no log here", why: { reason: "no-log" } };
  const { failure } = lag;
  if (failure === null) return { reason: "it is not known yet", why: { reason: "not-known-yet" } };
  const { code } = failure.error;
  const reason = failure.of === "log" ? "log-silent" : "lake-silent";
  return { reason: `the ${failure.of} does not answer (${code})`, why: { reason, code } };
}

/** Of numbers once a second, oldest first. */
function trendOf(recent: readonly number[]): PipelineAnswer["lag"]["trend"] {
  if (recent.length < 10) return "unknown";
  const half = Math.floor(recent.length / 2);
  const mean = (of: readonly number[]): number =>
    of.reduce((sum, one) => sum + one, 0) / Math.max(1, of.length);
  const [before, after] = [mean(recent.slice(0, half)), mean(recent.slice(half))];
  const step = Math.max(10, before * 0.1);
  if (after > before + step) return "growing";
  return after < before - step ? "shrinking" : "steady";
}

/** The stages in the order of the flow. */
export function stageLines(parts: ReportParts, lag: PipelineAnswer["lag"]): readonly StageState[] {
  return [
    flowing(parts, "feed", null),
    flowing(parts, "producer", "feed"),
    logLine(parts),
    consumerLine(parts, lag),
    lakeLine(parts),
    silverLine(parts),
    apiLine(parts),
  ];
}

/** Whether nothing is to be expected now. */
function idle({ calendar, nowMs, replay }: ReportParts): boolean {
  return !replay && !isMarketOpen(calendar, nowMs);
}

interface Verdict {
  readonly state: StateWord;
  readonly text: string;
  readonly why: Why | null;
}

/** For what is as it should be. */
function well(state: "ok" | "closed", text: string): Verdict {
  return { state, text, why: null };
}

function line(parts: ReportParts, stage: StageName, verdict: Verdict): StageState {
  const here = parts.here.has(stage);
  const { rate, rates, errors, lastMs } = parts.watch.heard(stage);
  const told = here ? { rateOut: rate, rates: [...rates] } : { rateOut: null, rates: [] };
  return {
    stage,
    ...verdict,
    here,
    rateIn: null,
    ...told,
    errors: here ? errors : null,
    lastEventAt: isoOrNull(lastMs),
  };
}

function flowing(
  parts: ReportParts,
  stage: "feed" | "producer",
  before: "feed" | null,
): StageState {
  if (!parts.here.has(stage)) {
    const text = "another process runs it, if any does";
    return line(parts, stage, { state: "unknown", text, why: { reason: "elsewhere" } });
  }
  const { trouble, rate } = parts.watch.heard(stage);
  const verdict = troubled(trouble) ?? (rate > 0 || !idle(parts) ? working : closed);
  const rateIn = before === null ? null : parts.watch.heard(before).rate;
  return { ...line(parts, stage, verdict), rateIn };
}

const working = well("ok", "at work");
const closed = well("closed", "idle: the market is closed");

function troubled(
  trouble: { readonly text: string; readonly error: { readonly code: string } } | null,
): Verdict | null {
  if (trouble === null) return null;
  const { code } = trouble.error;
  return { state: "down", text: `${trouble.text} (${code})`, why: { reason: "failing", code } };
}

function logLine(parts: ReportParts): StageState {
  const { lag, watch } = parts;
  const verdict = ((): Verdict => {
    if (lag === null) {
      return { state: "unknown", text: "there is no log here", why: { reason: "no-log" } };
    }
    if (lag.failure?.of === "log") {
      const { code } = lag.failure.error;
      const why = { reason: "log-silent", code } as const;
      return { state: "down", text: `it does not answer (${code})`, why };
    }
    if (lag.lags.length === 0) {
      const why = { reason: "not-known-yet" } as const;
      return { state: "unknown", text: "nothing is known of it yet", why };
    }
    const held = lag.lags.reduce((sum, { start, end }) => sum + end - start, 0);
    return well("ok", `holds ${held} records`);
  })();
  const producing = parts.here.has("producer");
  const here = lag !== null;
  return {
    ...line(parts, "log", verdict),
    here,
    rateIn: producing ? watch.heard("producer").rate : null,
    lastEventAt: isoOrNull(parts.publishedMs),
  };
}

function consumerLine(parts: ReportParts, lag: PipelineAnswer["lag"]): StageState {
  const { watch } = parts;
  const [stopped] = watch.stopped;
  const verdict = ((): Verdict => {
    if (stopped !== undefined) {
      const [partition, { code }] = stopped;
      const why = { reason: "partition-stopped", partition, code } as const;
      return { state: "down", text: `partition ${partition} has stopped (${code})`, why };
    }
    const trouble = troubled(watch.heard("consumer").trouble);
    if (trouble !== null) return trouble;
    const { records } = lag;
    if (records === null) return { state: "unknown", text: lag.reason ?? "", why: lag.why };
    const seconds = Math.round(parts.replay ? (lag.seconds ?? 0) : (lag.marketSeconds ?? 0));
    if (records === 0) return well("ok", "all of the log is stored");
    const text = `${records} records wait, the oldest for ${seconds} s`;
    if (seconds <= lagBehindSeconds) return well("ok", text);
    return { state: "behind", text, why: { reason: "records-wait", records, seconds } };
  })();
  const rateIn = parts.here.has("producer") ? watch.heard("producer").rate : null;
  return { ...line(parts, "consumer", verdict), rateIn };
}

function lakeLine(parts: ReportParts): StageState {
  const trouble = troubled(parts.watch.heard("lake").trouble);
  const consuming = parts.here.has("consumer");
  return {
    ...line(parts, "lake", trouble ?? well("ok", "answers")),
    here: true,
    rateIn: consuming ? parts.watch.heard("consumer").rate : null,
    rateOut: null,
    rates: [],
  };
}

function silverLine(parts: ReportParts): StageState {
  const { silverBehind, silverMs } = parts;
  const verdict = ((): Verdict => {
    const trouble = troubled(parts.watch.heard("silver").trouble);
    if (trouble !== null) return trouble;
    if (silverBehind === null) {
      return { state: "unknown", text: "not built yet", why: { reason: "not-built" } };
    }
    if (parts.replay || silverBehind <= 1) return well("ok", "up to date");
    const text = `${silverBehind} sessions behind the calendar`;
    const why = { reason: "sessions-behind", sessions: silverBehind } as const;
    return { state: "behind", text, why };
  })();
  return { ...line(parts, "silver", verdict), rateOut: null, lastEventAt: isoOrNull(silverMs) };
}

function apiLine(parts: ReportParts): StageState {
  const text = `${parts.clients} readers of live bars`;
  return {
    ...line(parts, "api", well("ok", text)),
    here: true,
    rateOut: null,
    rates: [],
    errors: null,
  };
}

/** The stage that holds up the others, in one sentence; null when nothing waits. */
export function bottleneckOf(
  stages: readonly StageState[],
  lag: PipelineAnswer["lag"],
): string | null {
  const down = stages.find(({ state }) => state === "down");
  if (down !== undefined) return `The ${down.stage} is down: ${down.text}.`;
  if ((lag.records ?? 0) > waitingRecordsMax && lag.trend !== "shrinking") {
    return `The consumer is slowest: ${lag.records} records wait in the log.`;
  }
  const behind = stages.find(({ state }) => state === "behind");
  return behind === undefined ? null : `The ${behind.stage} is slowest: ${behind.text}.`;
}

const order: readonly StateWord[] = ["ok", "closed", "unknown", "behind", "warn", "down"];

/** The worst of some states. What another process runs, if any, is no reason for alarm. */
export function worstOf(stages: readonly StageState[]): StateWord {
  const told = stages.filter(({ here, state }) => here || state !== "unknown");
  const worst = told.reduce((max, { state }) => Math.max(max, order.indexOf(state)), 0);
  return order[worst] ?? "unknown";
}
