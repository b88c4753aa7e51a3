import type { QualitySummaryAnswer } from "../../../../src/serve/api/quality.ts";
import { Num } from "../../components/num.tsx";
import { Panel } from "../../components/panel.tsx";
import type { JSX } from "../../view.ts";
import {
  completenessMin,
  missingMax,
  partsOf,
  verdictOf,
  type IntervalQuality,
  type PartName,
  type Verdict,
} from "./limits.ts";
import type { QualityProps } from "./quality-props.ts";
import { VerdictChip } from "./verdict-chip.tsx";

/** The numbers of an interval against their limits, and what its sessions are made of. */
export function SummaryPanel(
  props: QualityProps & { readonly summary: QualitySummaryAnswer },
): JSX.Element {
  const { i18n, interval, summary } = props;
  const { t } = i18n;
  const counts = summary.intervals.find((one) => one.interval === interval);
  return (
    <Panel title={t.quality.completeness} class="quality-summary">
      {counts === undefined || counts.units === 0 ? (
        <p>{t.quality.uncertified}</p>
      ) : (
        <>
          <Score {...props} counts={counts} />
          <Proportions {...props} counts={counts} />
        </>
      )}
      <Figures {...props} counts={counts ?? null} />
    </Panel>
  );
}

function Score({ i18n, counts }: QualityProps & { readonly counts: IntervalQuality }): JSX.Element {
  const { t, format } = i18n;
  const { completeness, units, missing } = counts;
  return (
    <div class="score">
      <Num>{format.share(completeness)}</Num>
      <div>
        <VerdictChip i18n={i18n} verdict={verdictOf(completeness, { min: completenessMin })} />{" "}
        <span class="muted">
          {i18n.fill(t.quality.limitMin, { limit: format.share(completenessMin, 0) })}
        </span>
        <br />
        <span class="muted">
          {i18n.plural(t.quality.ofSessions, units)} · {t.quality.figures.missing}{" "}
          {i18n.fill(t.quality.limitMax, { limit: format.share(missingMax, 1) })}:{" "}
          {verdictText(t, verdictOf(missing / units, { max: missingMax }))}
        </span>
      </div>
    </div>
  );
}

function verdictText(t: QualityProps["i18n"]["t"], verdict: Verdict): string {
  return t.quality.verdicts[verdict];
}

/** Filters of the matrix that a part leads to. */
const filterOf: Readonly<Record<PartName, string>> = {
  complete: "all",
  untraded: "all",
  waived: "all",
  degraded: "degraded",
  missing: "missing",
};

/** One bar, as wide as each part is large; each is a button to what it counts. */
function Proportions({
  i18n,
  counts,
  choose,
}: QualityProps & { readonly counts: IntervalQuality }): JSX.Element {
  const { t, format } = i18n;
  const parts = partsOf(counts);
  return (
    <div class="proportions" role="group" aria-label={t.quality.partsLabel}>
      <div class="proportion-bar" aria-hidden="true">
        {parts.map(({ name, share }) => (
          <span key={name} class={`part part-${name}`} style={{ flexGrow: String(share) }} />
        ))}
      </div>
      <ul class="proportion-legend">
        {parts.map(({ name, count, share }) => (
          <li key={name}>
            <button
              type="button"
              class="quiet"
              onClick={() => choose({ view: "symbols", show: filterOf[name] })}
            >
              <span class={`part part-${name}`} aria-hidden="true" />
              {i18n.fill(t.quality.partText, {
                part: t.quality.parts[name],
                count: format.integer(count),
                share: format.share(share),
              })}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Figures({
  i18n,
  summary,
  counts,
  choose,
}: QualityProps & {
  readonly summary: QualitySummaryAnswer;
  readonly counts: IntervalQuality | null;
}): JSX.Element {
  const { t, format } = i18n;
  const { figures, ofSymbols } = t.quality;
  const affected =
    counts === null
      ? format.integer(null)
      : i18n.fill(ofSymbols, {
          affected: format.integer(counts.symbolsAffected),
          all: format.integer(counts.symbols),
        });
  return (
    <dl class="figures">
      <Figure name={figures.missing} value={format.integer(counts?.missing ?? null)} />
      <Figure name={figures.degraded} value={format.integer(counts?.degraded ?? null)} />
      <Figure name={figures.symbols} value={affected} />
      <Figure name={figures.revised} value={format.integer(counts?.revised ?? null)} />
      <Figure name={figures.pending} value={format.integer(counts?.pending ?? null)} />
      <Figure
        name={figures.gaps}
        value={format.integer(summary.gapsOpen)}
        onClick={() => choose({ view: "gaps" })}
      />
      <Figure
        name={figures.deadLetters}
        value={format.integer(summary.deadLettersOpen)}
        href="/pipeline#dead-letters"
      />
    </dl>
  );
}

function Figure({
  name,
  value,
  onClick,
  href,
}: {
  readonly name: string;
  readonly value: string;
  readonly onClick?: () => void;
  readonly href?: string;
}): JSX.Element {
  const number = <bdi class="num-text">{value}</bdi>;
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {onClick !== undefined && (
          <button type="button" class="quiet" onClick={onClick} aria-label={`${name}: ${value}`}>
            {number}
          </button>
        )}
        {href !== undefined && (
          <a href={href} aria-label={`${name}: ${value}`}>
            {number}
          </a>
        )}
        {onClick === undefined && href === undefined && number}
      </dd>
    </div>
  );
}
