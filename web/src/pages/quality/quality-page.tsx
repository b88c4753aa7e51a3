import type { MatrixAnswer, QualitySummaryAnswer } from "../../../../src/serve/api/quality.ts";
import type { StatusAnswer } from "../../../../src/serve/api/status.ts";
import { Choices } from "../../components/tabs.tsx";
import { Empty, Failure, Loading } from "../../components/panel.tsx";
import { addressWith } from "../../lib/address-with.ts";
import { useAnswer } from "../../lib/use-answer.ts";
import { useStore } from "../../lib/use-store.ts";
import { type PageProps, remembered } from "../../page.ts";
import { useCallback, useMemo, type JSX } from "../../view.ts";
import { GapsView } from "./gaps-view.tsx";
import { MatrixView } from "./matrix-view.tsx";
import { oneOf, readChoice, viewNames } from "./quality-choice.ts";
import type { QualityProps } from "./quality-props.ts";
import { RulesView } from "./rules-view.tsx";
import { SummaryPanel } from "./summary-panel.tsx";

type IntervalCode = MatrixAnswer["interval"];

const intervalNames = ["1m", "5m", "15m", "30m", "1h", "1d", "1w", "1mo"] as const;
/** Below this width a symbol's calendar is shown first: a matrix needs room. */
const narrow = "(max-width: 640px)";

/** How complete the data is: numbers against limits, then every symbol's sessions. */
export function QualityPage(props: PageProps): JSX.Element {
  const { api, i18n, live, clock } = props;
  const digest = useStore(live.silverDigest);
  const status = useStore(live.status);
  const { answer, error, again } = useAnswer(
    async (signal) => api.get<QualitySummaryAnswer>("/quality/summary", {}, signal),
    "summary",
    [digest],
  );
  return (
    <>
      <div class="page-head">
        <h1>{i18n.t.quality.title}</h1>
        <p class="muted">{i18n.t.quality.lead}</p>
      </div>
      {answer === null && error !== null && <Failure i18n={i18n} error={error} onRetry={again} />}
      {answer === null && error === null && <Loading i18n={i18n} clock={clock} height={640} />}
      {answer !== null && <Certified {...props} summary={answer} status={status} />}
    </>
  );
}

interface CertifiedProps extends PageProps {
  readonly summary: QualitySummaryAnswer;
  readonly status: StatusAnswer | null;
}

function Certified({ summary, status, ...page }: CertifiedProps): JSX.Element {
  const { i18n, route, prefs, go } = page;
  const { t } = i18n;
  const newestOf = useMemo(() => newestDates(summary, status), [summary, status]);
  const kept = remembered(prefs, "quality.interval");
  const asked = oneOf(intervalNames, route.query.get("interval") ?? kept.value ?? null);
  const interval =
    asked !== undefined && newestOf.has(asked) ? asked : firstInterval([...newestOf.keys()]);
  const firstView = matchMedia(narrow).matches ? "calendar" : "month";
  const choice = useMemo(() => readChoice(route.query, firstView), [route, firstView]);
  const choose = useCallback<QualityProps["choose"]>(
    (changes) => go(addressWith("/quality", route.query, changes), "replace"),
    [go, route],
  );
  const newest = interval === undefined ? undefined : newestOf.get(interval);
  if (interval === undefined || newest === undefined) {
    return <Empty i18n={i18n} text={t.quality.empty} command="egx up --feed simulator" />;
  }
  const chooseInterval = (value: IntervalCode): void => {
    kept.remember(value);
    choose({ interval: value, to: null, date: null });
  };
  const props: QualityProps = { ...page, choice, interval, newest, choose };
  return (
    <>
      <div class="page-tools">
        <Choices
          label={t.quality.interval}
          choices={intervalNames
            .filter((value) => newestOf.has(value))
            .map((value) => ({ value, text: t.quality.intervals[value] }))}
          value={interval}
          onChoose={chooseInterval}
        />
        <CertifiedAt i18n={i18n} at={summary.certifiedAt} />
      </div>
      <SummaryPanel {...props} summary={summary} />
      <div class="page-tools">
        <Choices
          label={t.quality.view}
          choices={viewNames.map((value) => ({ value, text: t.quality.views[value] }))}
          value={choice.view}
          onChoose={(view) => choose({ view })}
        />
      </div>
      <View {...props} summary={summary} />
    </>
  );
}

function CertifiedAt({
  i18n,
  at,
}: {
  readonly i18n: PageProps["i18n"];
  readonly at: string | null;
}): JSX.Element {
  const { t, format } = i18n;
  const time = at === null ? null : format.dateTime(Date.parse(at));
  return (
    <span class="muted">
      {time === null ? t.quality.neverCertified : i18n.fill(t.quality.certifiedAt, { time })}
    </span>
  );
}

function View(props: QualityProps & { readonly summary: QualitySummaryAnswer }): JSX.Element {
  const { view } = props.choice;
  if (view === "gaps") return <GapsView {...props} />;
  return view === "rules" ? <RulesView {...props} /> : <MatrixView {...props} />;
}

/** Intervals with their newest date: of what is certified, and of what silver holds besides. */
function newestDates(
  summary: QualitySummaryAnswer,
  status: StatusAnswer | null,
): ReadonlyMap<IntervalCode, string> {
  const dates = new Map(summary.intervals.map(({ interval, last }) => [interval, last]));
  for (const { interval, date } of status?.silver.newest ?? []) {
    if ((dates.get(interval) ?? "") < date) dates.set(interval, date);
  }
  return dates;
}

function firstInterval(codes: readonly IntervalCode[]): IntervalCode | undefined {
  return codes.find((code) => code === "1d") ?? intervalNames.find((code) => codes.includes(code));
}
