import type { QualitySummaryAnswer } from "../../../../src/serve/api/quality.ts";
import type { IndicesAnswer, Quote, SnapshotAnswer } from "../../../../src/serve/api/market.ts";
import { Num, toneOf } from "../../components/num.tsx";
import { Panel } from "../../components/panel.tsx";
import { Sparkline } from "../../components/sparkline.tsx";
import { Choices } from "../../components/tabs.tsx";
import type { I18n } from "../../i18n/i18n.ts";
import { playedKind } from "../../lib/mode.ts";
import { useAnswer } from "../../lib/use-answer.ts";
import { useStore } from "../../lib/use-store.ts";
import { remembered, type PageProps } from "../../page.ts";
import { addressOf } from "../../router.ts";
import { useState, type JSX } from "../../view.ts";
import { movers, type MoversBy } from "./movers.ts";

/** The indices with their lines. */
export function Indices({ api, i18n, live }: PageProps): JSX.Element | null {
  const t = i18n.t.market;
  const digest = useStore(live.silverDigest);
  const { answer } = useAnswer(
    async (signal) => api.get<IndicesAnswer>("/market/indices", {}, signal),
    "indices",
    [digest],
  );
  if (answer === null) return <div class="indices" aria-busy="true" />;
  const known = answer.indices.filter(({ value }) => value !== null);
  if (known.length === 0) return null;
  return (
    <section class="indices" aria-label={t.indices}>
      {known.map((line) => (
        <div key={line.index} class="index">
          <span class="index-name">{i18n.name(line.name, line.index)}</span>
          <strong>
            <Num>{i18n.format.price(line.value, 2)}</Num>
          </strong>
          <Num tone={toneOf(line.change)}>
            {i18n.format.change(line.changeRatio === null ? null : line.changeRatio * 100)}
          </Num>
          <Sparkline
            values={line.series.map(({ close }) => close)}
            tone={toneOf(line.change)}
            label={i18n.fill(t.indexLine, {
              name: i18n.name(line.name, line.index),
              count: i18n.format.integer(line.series.length),
            })}
          />
        </div>
      ))}
    </section>
  );
}

/** How many rose and fell, as a bar and in words. */
export function BreadthBar({
  i18n,
  breadth,
}: {
  readonly i18n: I18n;
  readonly breadth: SnapshotAnswer["breadth"];
}): JSX.Element {
  const t = i18n.t.market;
  const parts = (["up", "flat", "down", "noTrade", "missing", "unknown"] as const)
    .map((key) => ({ key, count: breadth[key] }))
    .filter(({ count }) => count > 0);
  return (
    <section class="breadth" aria-label={t.breadth}>
      <div class="breadth-bar" aria-hidden="true">
        {parts.map(({ key, count }) => (
          <span key={key} class={`breadth-${key}`} style={{ flexGrow: String(count) }} />
        ))}
      </div>
      <ul>
        {parts.map(({ key, count }) => (
          <li key={key}>
            <span class={`swatch breadth-${key}`} aria-hidden="true" />
            {i18n.fill(t[key], { count: i18n.format.integer(count) })}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The symbols that moved or traded most. */
export function Movers({
  i18n,
  prefs,
  quotes,
}: PageProps & { readonly quotes: readonly Quote[] }): JSX.Element {
  const t = i18n.t.market;
  const { value, remember } = remembered(prefs, "market.movers");
  const [by, setBy] = useState<MoversBy>(
    value === "losers" || value === "active" ? value : "gainers",
  );
  const rows = movers(quotes, by, 8);
  return (
    <Panel title={t.movers}>
      <Choices
        label={t.movers}
        value={by}
        choices={(["gainers", "losers", "active"] as const).map((each) => ({
          value: each,
          text: t.moversBy[each],
        }))}
        onChoose={(each) => {
          setBy(each);
          remember(each);
        }}
      />
      {rows.length === 0 && <p class="muted">{t.noMovers}</p>}
      <ul class="movers">
        {rows.map((quote) => (
          <li key={quote.symbol}>
            <a href={addressOf("symbol", quote.symbol)}>
              <bdi dir="ltr" class="ticker">
                {quote.symbol}
              </bdi>
              <bdi class="mover-name">{i18n.name(quote.name, quote.symbol)}</bdi>
              <span class="mover-last">
                <Num>
                  {by === "active"
                    ? i18n.format.compact(quote.turnover)
                    : i18n.format.price(quote.last)}
                </Num>
              </span>
              <span class="mover-change">
                <Num tone={toneOf(quote.changeRatio)}>
                  {i18n.format.change(quote.changeRatio === null ? null : quote.changeRatio * 100)}
                </Num>
              </span>
            </a>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

/** What is wrong with the data at this moment, each with the way to it. */
export function Problems({
  api,
  i18n,
  live,
  snapshot,
}: PageProps & { readonly snapshot: SnapshotAnswer }): JSX.Element {
  const t = i18n.t.market;
  const status = useStore(live.status);
  const { answer } = useAnswer(
    async (signal) => api.get<QualitySummaryAnswer>("/quality/summary", {}, signal),
    "quality",
    [useStore(live.silverDigest)],
  );
  const suspect = snapshot.quotes.filter((quote) => quote.suspect).length;
  // The calendar says nothing of sessions that are played.
  const due = playedKind(status) === null ? (status?.silver.newest ?? []) : [];
  const behind = Math.max(
    0,
    ...due.filter(({ interval }) => interval === "1d").map(({ sessionsBehind }) => sessionsBehind),
  );
  const problems = [
    { count: snapshot.breadth.missing, forms: t.problemMissing, href: "/quality" },
    { count: snapshot.breadth.unknown, forms: t.problemUnknown, href: "/quality" },
    { count: suspect, forms: t.problemSuspect, href: "/quality" },
    { count: answer?.gapsOpen ?? 0, forms: t.problemGaps, href: "/quality" },
    { count: answer?.deadLettersOpen ?? 0, forms: t.problemLetters, href: "/pipeline" },
    { count: behind, forms: t.problemBehind, href: "/pipeline" },
  ].filter(({ count }) => count > 0);
  return (
    <Panel title={t.problems}>
      {problems.length === 0 ? (
        <p class="muted">{t.noProblems}</p>
      ) : (
        <ul class="problems">
          {problems.map(({ count, forms, href }) => (
            <li key={forms.other}>
              <a href={href}>{i18n.plural(forms, count)}</a>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
