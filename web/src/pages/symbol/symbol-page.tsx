import type { ApiInterval } from "../../../../src/serve/api/common.ts";
import type { SymbolAnswer } from "../../../../src/serve/api/symbols.ts";
import { Empty, Failure, Loading, Panel } from "../../components/panel.tsx";
import { Choices } from "../../components/tabs.tsx";
import { useAnswer } from "../../lib/use-answer.ts";
import { useStore } from "../../lib/use-store.ts";
import { remembered, type PageProps } from "../../page.ts";
import { useCallback, useMemo, useState, type JSX } from "../../view.ts";
import { BarsTable, QualityStrip, Revisions } from "./below-chart.tsx";
import { ChartView } from "./chart-view.tsx";
import { asFirstSeen } from "./first-seen.ts";
import { LineagePanel } from "./lineage.tsx";
import { isRange, rangesOf, type Range } from "./ranges.ts";
import { hasClosesOnly, layOutSlots, type ShownBar, type Slot, type Slots } from "./slots.ts";
import { SymbolHead } from "./symbol-head.tsx";
import { useBars, useRevisions, type Bars } from "./use-bars.ts";

/** One symbol: its bars, what is known of them, and where each came from. */
export function SymbolPage(props: PageProps): JSX.Element {
  const { api, i18n, live, clock, route } = props;
  const symbol = route.symbol ?? "";
  const { answer, error, again } = useAnswer(
    async (signal) => api.get<SymbolAnswer>(`/symbols/${encodeURIComponent(symbol)}`, {}, signal),
    symbol,
    // Silver may have got its first bars, or bars of another length.
    [useStore(live.silverDigest)],
  );
  if (answer === null) {
    return (
      <>
        <h1>
          <bdi dir="ltr">{symbol}</bdi>
        </h1>
        {error === null ? (
          <Loading i18n={i18n} clock={clock} height={520} />
        ) : (
          <Failure i18n={i18n} error={error} onRetry={again} />
        )}
      </>
    );
  }
  return <Known key={symbol} {...props} symbol={symbol} facts={answer} />;
}

interface KnownProps extends PageProps {
  readonly symbol: string;
  readonly facts: SymbolAnswer;
}

function Known(props: KnownProps): JSX.Element {
  const { i18n, facts, symbol } = props;
  const t = i18n.t.symbol;
  const choice = useChoice(props);
  const { interval, adjusted } = choice;
  const intraday = isIntraday(interval);
  const loaded = useBars(props, { symbol, interval, adjusted });
  const { bars, gaps } = loaded;
  const revisions = useRevisions(props, symbol, interval)?.revisions ?? null;
  const [firstSeen, setFirstSeen] = useState(false);
  const [picked, setPicked] = useState<ShownBar | null>(null);
  const shown = useMemo(
    () => (firstSeen && revisions !== null ? asFirstSeen(bars, revisions) : bars),
    [bars, revisions, firstSeen],
  );
  const slots = useMemo(() => layOutSlots(shown, gaps, intraday), [shown, gaps, intraday]);
  const label = i18n.fill(t.chartLabel, { symbol, interval: t.intervals[interval] });
  return (
    <div class="symbol grid">
      <SymbolHead
        {...{ i18n, symbol, facts, intraday }}
        last={shown.at(-1)}
        before={shown.at(-2)}
      />
      <Panel
        title={label}
        aside={<Choosers {...props} choice={choice} seen={[firstSeen, setFirstSeen]} />}
      >
        <Picture
          {...props}
          {...{ choice, loaded, slots, label, firstSeen, shown }}
          onPick={setPicked}
        />
        <ChartLegend i18n={i18n} />
      </Panel>
      {picked !== null && (
        <LineagePanel
          {...props}
          {...{ symbol, interval }}
          bar={picked}
          onClose={() => setPicked(null)}
        />
      )}
      <QualityStrip {...{ i18n, gaps }} bars={shown} />
      <Revisions {...{ i18n, revisions }} />
    </div>
  );
}

interface PictureProps extends KnownProps {
  readonly choice: Choice;
  readonly loaded: Bars;
  readonly slots: Slots;
  readonly shown: readonly ShownBar[];
  readonly label: string;
  readonly firstSeen: boolean;
  readonly onPick: (bar: ShownBar) => void;
}

/** The bars as a chart or a table, or why there are none. */
function Picture(props: PictureProps): JSX.Element {
  const { i18n, clock, symbol, choice, loaded, slots, shown, label, onPick } = props;
  const { interval, adjusted, view, range } = choice;
  const pick = useCallback(
    (slot: Slot) => {
      if (slot.kind === "bar") onPick(slot.bar);
    },
    [onPick],
  );
  if (loaded.error !== null) {
    return <Failure i18n={i18n} error={loaded.error} onRetry={loaded.again} />;
  }
  if (loaded.answer === null) return <Loading i18n={i18n} clock={clock} height={490} />;
  if (slots.slots.length === 0) {
    const command = `npx egx backfill --symbols ${symbol}`;
    return <Empty i18n={i18n} text={i18n.t.symbol.empty} command={command} />;
  }
  if (view === "table") {
    return <BarsTable i18n={i18n} caption={label} bars={shown} onPick={onPick} />;
  }
  return (
    <ChartView
      {...props}
      {...{ slots, label, range }}
      intraday={isIntraday(interval)}
      subject={`${symbol}|${interval}|${adjusted ?? ""}`}
      changed={props.firstSeen ? null : loaded.changed}
      closesOnly={hasClosesOnly(shown)}
      onPick={pick}
    />
  );
}

interface Choice {
  readonly interval: ApiInterval;
  readonly intervals: readonly ApiInterval[];
  readonly adjusted: string | null;
  readonly range: Range;
  readonly view: "chart" | "table";
  readonly choose: (name: "interval" | "range" | "view" | "adjusted", value: string) => void;
}

/** What is shown of the symbol: from the address, else as it was last time, else what there is. */
function useChoice({ facts, route, prefs, go }: KnownProps): Choice {
  const intervals = useMemo(() => intervalsOf(facts), [facts]);
  const wanted = route.query.get("interval") ?? remembered(prefs, "symbol.interval").value;
  const fallback = intervals.find((code) => code === "1d") ?? intervals[0] ?? "1d";
  const interval = intervals.find((code) => code === wanted) ?? fallback;
  const ranges = rangesOf(isIntraday(interval));
  const asked = route.query.get("range") ?? remembered(prefs, "symbol.range").value;
  const range = isRange(asked ?? undefined) ? ranges.find((each) => each === asked) : undefined;
  const view = route.query.get("view") ?? remembered(prefs, "symbol.view").value;
  const choose: Choice["choose"] = (name, value) => {
    const query = new URLSearchParams(route.query);
    query.set(name, value);
    if (name === "interval") query.delete("range");
    if (name !== "adjusted") remembered(prefs, `symbol.${name}`).remember(value);
    go(`${location.pathname}?${query}`, "replace");
  };
  return {
    interval,
    intervals,
    adjusted: route.query.get("adjusted"),
    range: range ?? (isIntraday(interval) ? "1D" : "1Y"),
    view: view === "table" ? "table" : "chart",
    choose,
  };
}

const order: readonly ApiInterval[] = ["1m", "5m", "15m", "30m", "1h", "1d", "1w", "1mo"];

function intervalsOf({ intervals }: SymbolAnswer): readonly ApiInterval[] {
  const held = new Set(intervals.map(({ interval }) => interval));
  return order.filter((code) => held.has(code));
}

function isIntraday(interval: ApiInterval): boolean {
  return !["1d", "1w", "1mo"].includes(interval);
}

type Seen = readonly [boolean, (value: boolean) => void];

function Choosers({
  i18n,
  facts,
  choice,
  seen: [firstSeen, setFirstSeen],
}: KnownProps & { readonly choice: Choice; readonly seen: Seen }): JSX.Element {
  const t = i18n.t.symbol;
  const { interval, intervals, range, view, choose } = choice;
  const series = facts.intervals.filter((each) => each.interval === interval);
  const chosen = series.find((each) => each.chosen)?.adjusted;
  const adjustments = [...new Set(series.map(({ adjusted }) => adjusted))];
  const names: Readonly<Record<string, string>> = t.adjustments;
  return (
    <div class="choosers">
      <Choices
        label={t.interval}
        value={interval}
        choices={intervals.map((value) => ({ value, text: value }))}
        onChoose={(value) => choose("interval", value)}
      />
      <Choices
        label={t.range}
        value={range}
        choices={rangesOf(isIntraday(interval)).map((value) => ({ value, text: t.ranges[value] }))}
        onChoose={(value) => choose("range", value)}
      />
      {adjustments.length > 0 && (
        <Choices
          label={t.adjusted}
          value={choice.adjusted ?? chosen ?? ""}
          choices={adjustments.map((value) => ({ value, text: names[value] ?? value }))}
          onChoose={(value) => choose("adjusted", value)}
        />
      )}
      <Choices
        label={t.versions}
        value={firstSeen ? "first" : "latest"}
        choices={(["latest", "first"] as const).map((value) => ({ value, text: t.seen[value] }))}
        onChoose={(value) => setFirstSeen(value === "first")}
      />
      <Choices
        label={t.view}
        value={view}
        choices={(["chart", "table"] as const).map((value) => ({ value, text: t.views[value] }))}
        onChoose={(value) => choose("view", value)}
      />
    </div>
  );
}

/** What the marks of the chart mean. */
function ChartLegend({ i18n }: { readonly i18n: PageProps["i18n"] }): JSX.Element {
  const t = i18n.t.symbol;
  return (
    <ul class="chart-legend">
      {(["missing", "notrade", "revised", "provisional", "suspect"] as const).map((key) => (
        <li key={key}>
          <span class={`mark-sample mark-${key}`} aria-hidden="true" />
          {t.legend[key]}
        </li>
      ))}
    </ul>
  );
}
