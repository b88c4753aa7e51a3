import type { Clock } from "../../../src/base/clock.ts";
import type { EventData, EventName } from "../../../src/serve/api/events.ts";
import { EventParser, type StreamEvent } from "../lib/event-stream.ts";
import { parseAnswer } from "../lib/json.ts";

export interface StreamOptions {
  /** `symbols`, `interval` … of the events to hear; see `/api/v1/events`. */
  readonly query?: Readonly<Record<string, string>>;
  /** The position to go on from, of a snapshot; without one the stream begins now. */
  readonly since?: string;
  /** Called for each event, in order. */
  readonly onEvent: (event: LiveEvent) => void;
  /** Called when the stream is up, and when it is lost. */
  readonly onConnection?: (connected: boolean) => void;
}

/** An event by its name, with the position that it stands at. */
export type LiveEvent = {
  readonly [Name in EventName]: {
    readonly name: Name;
    readonly data: EventData[Name];
    readonly position: string;
  };
}[EventName];

const firstDelayMs = 250;
const delayMsMax = 30_000;
/** A server says something every few seconds: one that is silent for so long is gone. */
const silenceMsMax = 45_000;
/** A page that is hidden for longer needs no connection. */
const hiddenMsMax = 20_000;

/**
 * Reads `/events` until the answer is called. After a break it connects again, sooner at first and
 * then every 30 s at the latest, from the position of the last event that was heard. A page that
 * is hidden for a while lets its connection go, since browsers have few for all tabs together, and
 * goes on from the same position when it is seen again.
 */
export function openStream(address: string, options: StreamOptions, clock: Clock): () => void {
  const ended = new AbortController();
  void run(address, options, clock, ended.signal);
  return () => ended.abort();
}

async function run(
  address: string,
  options: StreamOptions,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const place = { id: options.since ?? "", delayMs: firstDelayMs };
  while (!signal.aborted) {
    try {
      await readOnce(`${address}?${new URLSearchParams(options.query)}`, options, place, {
        clock,
        signal,
      });
    } catch {
      // However it broke, the answer is the same: connect again from where it was.
    }
    if (hasEnded(signal)) return;
    if (document.hidden) {
      await seenAgain(signal);
      continue;
    }
    options.onConnection?.(false);
    await wait(clock, place.delayMs, signal);
    place.delayMs = Math.min(delayMsMax, place.delayMs * 2);
  }
}

/** Waits until the page is seen, or nobody listens any more. */
async function seenAgain(signal: AbortSignal): Promise<void> {
  const seen = Promise.withResolvers<undefined>();
  const look = (): void => {
    if (!document.hidden || signal.aborted) seen.resolve(undefined);
  };
  document.addEventListener("visibilitychange", look);
  signal.addEventListener("abort", look);
  look();
  await seen.promise;
  document.removeEventListener("visibilitychange", look);
  signal.removeEventListener("abort", look);
}

function hasEnded(signal: AbortSignal): boolean {
  return signal.aborted;
}

interface Place {
  id: string;
  delayMs: number;
}

interface Reading {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

async function readOnce(
  address: string,
  options: StreamOptions,
  place: Place,
  { clock, signal }: Reading,
): Promise<void> {
  const attempt = new AbortController();
  const stop = (): void => attempt.abort();
  signal.addEventListener("abort", stop, { once: true });
  const hide = (): void => {
    if (!document.hidden) return;
    clock.sleep(hiddenMsMax, attempt.signal).then(
      () => {
        if (document.hidden) stop();
      },
      () => undefined,
    );
  };
  document.addEventListener("visibilitychange", hide);
  // It may have been opened behind another page.
  hide();
  try {
    const headers = place.id === "" ? {} : { "last-event-id": place.id };
    const response = await fetch(address, {
      headers: { accept: "text/event-stream", ...headers },
      signal: attempt.signal,
    });
    if (!response.ok || response.body === null) throw new Error(`HTTP ${response.status}`);
    options.onConnection?.(true);
    const parser = new EventParser(place.id);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const piece = await withinSilence(reader.read(), clock, attempt);
      if (piece.done) return;
      for (const event of parser.push(piece.value)) hear(event, options, place);
    }
  } finally {
    signal.removeEventListener("abort", stop);
    document.removeEventListener("visibilitychange", hide);
    attempt.abort();
  }
}

function hear(event: StreamEvent, options: StreamOptions, place: Place): void {
  place.delayMs = firstDelayMs;
  if (isEventName(event.name)) options.onEvent(liveEvent(event.name, event));
  // After the listener: what it could not take is asked for again.
  place.id = event.id;
}

function liveEvent(name: EventName, { data, id }: StreamEvent): LiveEvent {
  return parseAnswer<LiveEvent>(
    `{"name":${JSON.stringify(name)},"position":${JSON.stringify(id)},"data":${data}}`,
  );
}

const eventNames: Readonly<Record<EventName, true>> = {
  bar: true,
  status: true,
  pipeline: true,
  silver: true,
  heartbeat: true,
  reset: true,
  close: true,
};

function isEventName(name: string): name is EventName {
  return Object.hasOwn(eventNames, name);
}

/** What `reading` gives; a silence of {@link silenceMsMax} ends the attempt. */
async function withinSilence<T>(
  reading: Promise<T>,
  clock: Clock,
  attempt: AbortController,
): Promise<T> {
  const heard = new AbortController();
  void clock.sleep(silenceMsMax, heard.signal).then(
    () => attempt.abort(),
    () => undefined,
  );
  try {
    return await reading;
  } finally {
    heard.abort();
  }
}

async function wait(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleep(ms, signal);
  } catch {
    // Ended while it waited: the caller looks at the signal.
  }
}
