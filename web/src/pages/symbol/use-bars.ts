import type { BarsAnswer, RevisionsAnswer, SessionGap } from "../../../../src/serve/api/bars.ts";
import type { ApiInterval } from "../../../../src/serve/api/common.ts";
import { useAnswer } from "../../lib/use-answer.ts";
import { useStore } from "../../lib/use-store.ts";
import type { PageProps } from "../../page.ts";
import { useEffect, useRef, useState } from "../../view.ts";
import { mergeBar, type ShownBar } from "./slots.ts";

export interface BarsAsked {
  readonly symbol: string;
  readonly interval: ApiInterval;
  /** Null for the series that silver has chosen. */
  readonly adjusted: string | null;
}

export interface Bars {
  readonly answer: BarsAnswer | null;
  readonly bars: readonly ShownBar[];
  readonly gaps: readonly SessionGap[];
  /** The bar that a live event has changed last; null before the first. */
  readonly changed: ShownBar | null;
  readonly error: unknown;
  readonly again: () => void;
}

const barsMax = 5000;
const noBars: readonly ShownBar[] = [];
const noGaps: readonly SessionGap[] = [];

/**
 * A symbol's bars: what silver has, then every bar that came through the log after exactly that,
 * as it comes. A new build of silver replaces the whole, without anything missing in between.
 */
export function useBars({ api, live }: PageProps, asked: BarsAsked): Bars {
  const { symbol, interval, adjusted } = asked;
  const digest = useStore(live.silverDigest);
  const [resets, setResets] = useState(0);
  const { answer, error, again } = useAnswer(
    async (signal) =>
      api.get<BarsAnswer>(
        `/symbols/${encodeURIComponent(symbol)}/bars`,
        { interval, adjusted, limit: barsMax },
        signal,
      ),
    `${symbol}|${interval}|${adjusted ?? ""}`,
    [digest, resets],
  );
  const [state, setState] = useState<State>(nothing);
  const held = useRef<State>(nothing);
  useEffect(() => {
    const show = (next: State): void => {
      held.current = next;
      setState(next);
    };
    show(answer === null ? nothing : { answer, bars: answer.bars, changed: null });
    if (answer === null) return undefined;
    return api.stream({
      query: { symbols: symbol, intervals: interval, kinds: "bar" },
      ...(answer.position === "" ? {} : { since: answer.position }),
      onEvent: (event) => {
        if (event.name === "reset") setResets((now) => now + 1);
        if (event.name !== "bar" || event.data.interval !== interval) return;
        const merged = mergeBar(held.current.bars, event.data);
        if (merged !== null) show({ answer, ...merged });
      },
    });
  }, [api, answer, symbol, interval]);
  // Until the effect has run, the state is still that of the answer before.
  const current = state.answer === answer;
  return {
    answer,
    bars: current ? state.bars : (answer?.bars ?? noBars),
    gaps: answer?.gaps ?? noGaps,
    changed: current ? state.changed : null,
    error,
    again,
  };
}

interface State {
  readonly answer: BarsAnswer | null;
  readonly bars: readonly ShownBar[];
  readonly changed: ShownBar | null;
}

const nothing: State = { answer: null, bars: noBars, changed: null };

/** The versions of the symbol's bars that have more than one, newest bars first. */
export function useRevisions(
  { api, live }: PageProps,
  symbol: string,
  interval: ApiInterval,
): RevisionsAnswer | null {
  const digest = useStore(live.silverDigest);
  const { answer } = useAnswer(
    async (signal) =>
      api.get<RevisionsAnswer>(
        `/symbols/${encodeURIComponent(symbol)}/revisions`,
        { interval, limit: 500 },
        signal,
      ),
    `${symbol}|${interval}`,
    [digest],
  );
  return answer;
}
