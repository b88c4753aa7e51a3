import type { ApiRevision, SessionGap } from "../../../../src/serve/api/bars.ts";
import { Num } from "../../components/num.tsx";
import { Panel } from "../../components/panel.tsx";
import { Table, type Column } from "../../components/table.tsx";
import type { I18n } from "../../i18n/i18n.ts";
import { useMemo, type JSX } from "../../view.ts";
import { stripCells } from "./strip.ts";
import type { ShownBar } from "./slots.ts";

/** One cell a session, oldest at the left as in the chart above. */
export function QualityStrip({
  i18n,
  bars,
  gaps,
}: {
  readonly i18n: I18n;
  readonly bars: readonly ShownBar[];
  readonly gaps: readonly SessionGap[];
}): JSX.Element {
  const { t, format } = i18n;
  const cells = useMemo(() => stripCells(bars, gaps, 120), [bars, gaps]);
  const held = cells.filter(({ state }) => state === "held" || state === "revised").length;
  const label = i18n.fill(t.symbol.stripLabel, {
    held: format.integer(held),
    all: format.integer(cells.length),
  });
  return (
    <Panel title={t.symbol.strip} class="strip-panel">
      <div class="strip" dir="ltr" role="img" aria-label={label}>
        {cells.map(({ date, state }) => (
          <span
            key={date}
            class={`cell cell-${state}`}
            title={`${format.date(date)} · ${t.symbol.cells[state]}`}
          />
        ))}
      </div>
      <p class="strip-ends muted" dir="ltr">
        <span>{i18n.t.shell.oldest}</span>
        <span>{label}</span>
        <span>{i18n.t.shell.newest}</span>
      </p>
    </Panel>
  );
}

const noRevisions: readonly ApiRevision[] = [];

/** What changed after it was first received. */
export function Revisions({
  i18n,
  revisions,
}: {
  readonly i18n: I18n;
  readonly revisions: readonly ApiRevision[] | null;
}): JSX.Element {
  const { t } = i18n;
  const changed = (revisions ?? noRevisions).filter(({ changed }) => changed.length > 0);
  const columns = useMemo(() => revisionColumns(i18n), [i18n]);
  return (
    <Panel title={t.symbol.revisions}>
      {changed.length === 0 ? (
        <p class="muted">{t.symbol.noRevisions}</p>
      ) : (
        <Table
          i18n={i18n}
          caption={t.symbol.revisions}
          columns={columns}
          rows={changed}
          keyOf={({ time, received, offset }) => `${time}|${received}|${offset ?? ""}`}
          initial={{ column: "received", descending: true }}
          rowsMax={50}
        />
      )}
    </Panel>
  );
}

/** The chart's numbers as a table. */
export function BarsTable({
  i18n,
  caption,
  bars,
  onPick,
}: {
  readonly i18n: I18n;
  readonly caption: string;
  readonly bars: readonly ShownBar[];
  readonly onPick: (bar: ShownBar) => void;
}): JSX.Element {
  const columns = useMemo(() => barColumns(i18n, onPick), [i18n, onPick]);
  return (
    <Table
      i18n={i18n}
      caption={caption}
      columns={columns}
      rows={bars}
      keyOf={({ time }) => time}
      initial={{ column: "time", descending: true }}
      rowsMax={250}
    />
  );
}

function revisionColumns(i18n: I18n): readonly Column<ApiRevision>[] {
  const { t, format } = i18n;
  const value = (each: number | boolean | null): string =>
    typeof each === "boolean" ? (each ? t.symbol.finalYes : t.symbol.finalNo) : format.price(each);
  return [
    {
      key: "bar",
      title: t.symbol.bar,
      cell: ({ time }) => <Num>{format.dateTime(Date.parse(time))}</Num>,
      sort: ({ time }) => time,
    },
    {
      key: "received",
      title: t.symbol.received,
      cell: ({ received }) => <Num>{format.dateTime(Date.parse(received))}</Num>,
      sort: ({ received }) => received,
    },
    {
      key: "changes",
      title: t.symbol.changes,
      cell: ({ changed: fields }) =>
        fields.map(({ field, from, to }) => (
          <span key={field} class="revision">
            {t.symbol.fields[field]} <Num>{`${value(from)} → ${value(to)}`}</Num>
          </span>
        )),
    },
    {
      key: "source",
      title: t.symbol.source,
      cell: ({ source }) => <Num>{source}</Num>,
      sort: ({ source }) => source,
    },
  ];
}

function barColumns(i18n: I18n, onPick: (bar: ShownBar) => void): readonly Column<ShownBar>[] {
  const { t, format } = i18n;
  const number = (key: "open" | "high" | "low" | "close"): Column<ShownBar> => ({
    key,
    title: t.symbol[key],
    numeric: true,
    cell: (bar) => <Num>{format.price(bar[key])}</Num>,
    sort: (bar) => bar[key],
  });
  return [
    {
      key: "time",
      title: t.symbol.bar,
      cell: (bar) => (
        <button type="button" class="quiet cell-button" onClick={() => onPick(bar)}>
          <Num>{format.dateTime(Date.parse(bar.time))}</Num>
        </button>
      ),
      sort: ({ time }) => time,
    },
    number("open"),
    number("high"),
    number("low"),
    number("close"),
    {
      key: "volume",
      title: t.symbol.volume,
      numeric: true,
      cell: ({ volume }) => <Num>{format.integer(volume)}</Num>,
      sort: ({ volume }) => volume,
    },
    {
      key: "state",
      title: t.symbol.state,
      cell: ({ final, revisions }) =>
        final ? (revisions > 1 ? t.symbol.revised : t.symbol.finalYes) : t.symbol.provisional,
    },
  ];
}
