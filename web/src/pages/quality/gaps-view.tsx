import type { GapLine, GapsAnswer } from "../../../../src/serve/api/quality.ts";
import { Choices } from "../../components/tabs.tsx";
import { Num } from "../../components/num.tsx";
import { CopyBox, Empty, Failure, Loading, Panel } from "../../components/panel.tsx";
import { Table, type Column } from "../../components/table.tsx";
import type { I18n } from "../../i18n/i18n.ts";
import { useAnswer } from "../../lib/use-answer.ts";
import { useStore } from "../../lib/use-store.ts";
import { useMemo, useState, type JSX } from "../../view.ts";
import { defectText } from "./cell-text.ts";
import { healCommand } from "./commands.ts";
import type { QualityProps } from "./quality-props.ts";

const which = ["open", "all"] as const;

/** Holes that were written down, and what became of them. */
export function GapsView({ api, i18n, live, clock, interval }: QualityProps): JSX.Element {
  const { t } = i18n;
  const [state, setState] = useState<(typeof which)[number]>("open");
  const digest = useStore(live.silverDigest);
  const { answer, error, again } = useAnswer(
    async (signal) => api.get<GapsAnswer>("/quality/gaps", { state, limit: 1000 }, signal),
    state,
    [digest],
  );
  const columns = useMemo(() => columnsOf(i18n), [i18n]);
  const gaps = useMemo(
    () => (answer?.gaps ?? []).filter((gap) => gap.interval === interval),
    [answer, interval],
  );
  const heal = `egx quality --heal --interval ${interval}`;
  return (
    <Panel
      title={t.quality.gapsTitle}
      aside={
        <Choices
          label={t.quality.gapsWhich}
          choices={which.map((value) => ({ value, text: t.quality.gapsStates[value] }))}
          value={state}
          onChoose={setState}
        />
      }
    >
      {answer === null && error !== null && <Failure i18n={i18n} error={error} onRetry={again} />}
      {answer === null && error === null && <Loading i18n={i18n} clock={clock} />}
      {answer !== null && gaps.length === 0 && (
        <Empty i18n={i18n} text={t.quality.gapsNone} command={heal} />
      )}
      {gaps.length > 0 && (
        <Table
          i18n={i18n}
          caption={t.quality.gapsTitle}
          columns={columns}
          rows={gaps}
          keyOf={({ digest: name }) => name}
        />
      )}
    </Panel>
  );
}

function columnsOf(i18n: I18n): readonly Column<GapLine>[] {
  const { t, format } = i18n;
  const date = (key: "from" | "to", title: string): Column<GapLine> => ({
    key,
    title,
    sort: (gap) => gap[key],
    cell: (gap) => <Num>{format.date(gap[key])}</Num>,
  });
  return [
    {
      key: "symbol",
      title: t.quality.symbol,
      sort: ({ symbol }) => symbol,
      cell: ({ symbol }) => (
        <a href={`/symbol/${symbol}`}>
          <bdi dir="ltr">{symbol}</bdi>
        </a>
      ),
    },
    date("from", t.quality.gapFrom),
    date("to", t.quality.gapTo),
    {
      key: "defects",
      title: t.quality.gapDefects,
      cell: ({ defects }) => defects.map((name) => defectText(i18n, name)).join(" · "),
    },
    {
      key: "opened",
      title: t.quality.gapOpened,
      sort: ({ opened }) => opened,
      cell: ({ opened }) => <Num>{format.dateTime(Date.parse(opened))}</Num>,
    },
    {
      key: "time",
      title: t.quality.gapTime,
      numeric: true,
      sort: ({ time }) => time,
      cell: ({ time }) => <Num>{format.integer(time)}</Num>,
    },
    { key: "outcome", title: t.quality.gapOutcome, cell: (gap) => outcomeText(i18n, gap) },
    {
      key: "command",
      title: t.quality.gapMend,
      cell: (gap) =>
        gap.closing === null ? <CopyBox i18n={i18n} text={healCommand(gap)} /> : null,
    },
  ];
}

function outcomeText(i18n: I18n, { closing }: GapLine): string {
  const { t } = i18n;
  if (closing === null) return t.quality.gapOpen;
  const { outcome, source } = closing;
  return i18n.fill(t.quality.outcomeBy, { outcome: t.quality.outcomes[outcome], source });
}
