import type { PipelineAnswer } from "../../../../src/serve/api/pipeline.ts";
import { Chip, type ChipKind } from "../../components/chip.tsx";
import { OwnWords } from "../../components/told.tsx";
import type { I18n } from "../../i18n/i18n.ts";
import type { JSX } from "../../view.ts";
import type { StageState } from "./bottleneck.ts";
import { connectorsOf, isIdle, sparkPath, type Connector } from "./flow.ts";
import { whyText } from "./why-text.ts";

interface FlowProps {
  readonly i18n: I18n;
  readonly pipeline: PipelineAnswer;
}

/** The stages in reading direction, with an arrow from each to the next as wide as its backlog. */
export function FlowView({ i18n, pipeline }: FlowProps): JSX.Element {
  const connectors = new Map(connectorsOf(pipeline).map((one) => [one.from, one]));
  return (
    <ol class="flow" aria-label={i18n.t.pipeline.flow}>
      {pipeline.stages.map((stage) => {
        const connector = connectors.get(stage.stage);
        return (
          <li key={stage.stage} class="flow-step">
            <StageCard i18n={i18n} pipeline={pipeline} stage={stage} />
            {connector !== undefined && (
              <Arrow i18n={i18n} connector={connector} idle={isIdle(stage)} />
            )}
          </li>
        );
      })}
    </ol>
  );
}

const chipKinds: Readonly<Record<StageState["state"], ChipKind>> = {
  ok: "ok",
  closed: "closed",
  unknown: "unknown",
  behind: "delayed",
  warn: "warn",
  down: "down",
};

function StageCard({
  i18n,
  pipeline,
  stage,
}: FlowProps & { readonly stage: StageState }): JSX.Element {
  const { t, format } = i18n;
  const { state, here, rateIn, rateOut, rates, errors, lastEventAt } = stage;
  return (
    <section class={`stage stage-${state}`} aria-label={t.pipeline.stages[stage.stage]}>
      <h3>{t.pipeline.stages[stage.stage]}</h3>
      <Chip kind={chipKinds[state]}>{t.pipeline.states[state]}</Chip>
      <StageText i18n={i18n} pipeline={pipeline} stage={stage} />
      {here ? (
        <dl class="fact-list">
          <Fact name={t.pipeline.rateIn} value={rateText(i18n, rateIn, isIdle(stage))} />
          <Fact name={t.pipeline.rateOut} value={rateText(i18n, rateOut, isIdle(stage))} />
          <Fact name={t.pipeline.errors} value={format.integer(errors)} />
          <Fact
            name={t.pipeline.lastEvent}
            value={agoText(i18n, pipeline.serverTime, lastEventAt)}
          />
        </dl>
      ) : (
        <p class="muted">{t.pipeline.elsewhere}</p>
      )}
      {rates.length > 1 && <Rates label={t.pipeline.rates} values={rates} />}
    </section>
  );
}

/** What there is to say of a stage; of trouble also in the program's own words, which name the place. */
function StageText({
  i18n,
  pipeline: { lag, clients, partitions },
  stage: { stage, state, text, why },
}: FlowProps & { readonly stage: StageState }): JSX.Element | null {
  const { t } = i18n;
  if (state === "down" || state === "warn" || state === "behind") {
    return (
      <div class="stage-text muted">
        {why !== null && <p>{whyText(i18n, why)}</p>}
        <OwnWords i18n={i18n} text={text} />
      </div>
    );
  }
  const held = partitions.reduce((sum, { start, end }) => sum + end - start, 0);
  const said: Partial<Record<StageState["stage"], string | null>> = {
    log: partitions.length === 0 ? null : i18n.plural(t.pipeline.holds, held),
    consumer: waitingText(i18n, lag.records),
    api: i18n.plural(t.pipeline.clients, clients),
  };
  const own = said[stage] ?? null;
  return own === null ? null : <p class="stage-text muted">{own}</p>;
}

function waitingText(i18n: I18n, backlog: number | null): string {
  const { t } = i18n;
  if (backlog === null) return t.pipeline.waitingUnknown;
  return backlog === 0 ? t.pipeline.nothingWaits : i18n.plural(t.pipeline.waiting, backlog);
}

function Fact({ name, value }: { readonly name: string; readonly value: string }): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <bdi>{value}</bdi>
      </dd>
    </div>
  );
}

/** Numbers once a second, the oldest at the left in every language. */
export function Rates({
  label,
  values,
}: {
  readonly label: string;
  readonly values: readonly number[];
}): JSX.Element {
  return (
    <svg
      class="rates"
      viewBox="0 0 120 30"
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <path d={sparkPath(values, 120, 30)} vector-effect="non-scaling-stroke" />
    </svg>
  );
}

/** A rate; 0 while the market is closed is called idle. */
function rateText(i18n: I18n, rate: number | null, idle: boolean): string {
  const { t, format } = i18n;
  if (rate === 0 && idle) return t.pipeline.idle;
  if (rate === null) return format.integer(null);
  const shown = rate >= 10 ? format.integer(rate) : format.price(rate, 1);
  return i18n.fill(t.pipeline.perSecond, { rate: shown });
}

function agoText(i18n: I18n, now: string, at: string | null): string {
  const { t, format } = i18n;
  if (at === null) return t.pipeline.never;
  const time = format.duration(Date.parse(now) - Date.parse(at));
  return i18n.fill(t.pipeline.ago, { time });
}

/** From one stage to the next; mirrored with the page, since the flow follows the reading. */
function Arrow({
  i18n,
  connector,
  idle,
}: {
  readonly i18n: I18n;
  readonly connector: Connector;
  readonly idle: boolean;
}): JSX.Element {
  const { t } = i18n;
  const { to, rate, backlog, width } = connector;
  const waits = backlog === undefined ? null : waitingText(i18n, backlog);
  const flows = i18n.fill(t.pipeline.flowsTo, {
    rate: rateText(i18n, rate, idle),
    stage: t.pipeline.stages[to],
  });
  return (
    <div class={backlog === null ? "arrow arrow-unknown" : "arrow"}>
      <svg viewBox="0 0 44 24" aria-hidden="true" class="mirrors">
        <path class="arrow-line" d="M0 12H34" stroke-width={width} />
        <path class="arrow-head" d="M32 3l10 9-10 9z" />
      </svg>
      <span class="heard">{flows}</span>
      <span class="arrow-rate" aria-hidden="true">
        <bdi>{rateText(i18n, rate, idle)}</bdi>
      </span>
      {waits !== null && <span class="arrow-waits">{waits}</span>}
    </div>
  );
}
