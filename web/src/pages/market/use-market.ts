import type { BarEvent } from "../../../../src/serve/api/events.ts";
import type { SnapshotAnswer } from "../../../../src/serve/api/market.ts";
import { applyBars } from "../../lib/live-quote.ts";
import { useAnswer, type Asked } from "../../lib/use-answer.ts";
import { useStore } from "../../lib/use-store.ts";
import type { PageProps } from "../../page.ts";
import { useEffect, useRef, useState } from "../../view.ts";

/** Bars are put on the page together, at most four times a second. */
const flushMs = 250;

export interface Market extends Asked<SnapshotAnswer> {
  /** The last snapshot, without live bars. */
  readonly base: SnapshotAnswer | null;
  /** Instant of the newest live bar that the page has heard; null before the first. */
  readonly heardMs: number | null;
}

/** The market's snapshot, kept up to date by live bars and by each build of silver. */
export function useMarket({ api, live, clock }: PageProps): Market {
  const digest = useStore(live.silverDigest);
  const resets = useStore(live.resets);
  const asked = useAnswer(
    async (signal) => api.get<SnapshotAnswer>("/market/snapshot", {}, signal),
    "market",
    [digest, resets],
  );
  const [shown, setShown] = useState<SnapshotAnswer | null>(null);
  const [heardMs, setHeardMs] = useState<number | null>(null);
  const current = useRef<SnapshotAnswer | null>(null);
  const again = useRef(asked.again);
  again.current = asked.again;
  // Bars since the newest answer was asked for: it may be older than they are.
  const recent = useRef<BarEvent[]>([]);
  useEffect(() => {
    if (asked.answer === null) return;
    const change = applyBars(asked.answer, recent.current);
    current.current = change.kind === "changed" ? change.snapshot : asked.answer;
    setShown(current.current);
  }, [asked.answer]);
  useEffect(() => {
    const ended = new AbortController();
    let waiting: BarEvent[] = [];
    let askedFor = "";
    const flush = (): void => {
      const bars = waiting;
      waiting = [];
      setHeardMs(clock.nowMs());
      recent.current = recent.current.concat(bars).slice(-recentMax);
      if (current.current === null) return;
      const change = applyBars(current.current, bars);
      // Silver may not have that session for a while: its next build is heard of anyway.
      if (change.kind === "new-session" && change.session !== askedFor) {
        askedFor = change.session;
        again.current();
      }
      if (change.kind !== "changed") return;
      current.current = change.snapshot;
      setShown(change.snapshot);
    };
    const stop = live.onEvent((event) => {
      if (event.name !== "bar") return;
      waiting.push(event.data);
      if (waiting.length === 1) clock.sleep(flushMs, ended.signal).then(flush, () => undefined);
    });
    return () => {
      stop();
      ended.abort();
    };
  }, [live, clock]);
  return { ...asked, answer: shown ?? asked.answer, base: asked.answer, heardMs };
}

const recentMax = 2000;
