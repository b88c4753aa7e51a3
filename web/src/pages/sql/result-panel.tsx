import { Icon } from "../../components/icon.tsx";
import { Panel } from "../../components/panel.tsx";
import { Choices } from "../../components/tabs.tsx";
import type { I18n } from "../../i18n/i18n.ts";
import { useMemo, useState, type JSX } from "../../view.ts";
import { chartData } from "./chart-data.ts";
import { csvFile, jsonText, type KeptResult } from "./download.ts";
import { ResultCards } from "./result-cards.tsx";
import { ResultChart } from "./result-chart.tsx";
import { ResultTable } from "./result-table.tsx";
import type { QueryState } from "./use-query.ts";

const resultViews = ["table", "chart"] as const;
const narrow = "(max-width: 640px)";

/** The rows of the newest query, as a table or a picture, and as files. */
export function ResultPanel({
  i18n,
  query,
}: {
  readonly i18n: I18n;
  readonly query: QueryState;
}): JSX.Element {
  const { t } = i18n;
  const { result, running } = query;
  const [view, setView] = useState<(typeof resultViews)[number]>("table");
  return (
    <Panel
      title={t.sql.results}
      class={running ? "sql-result running" : "sql-result"}
      aside={
        result !== null && (
          <div class="result-tools">
            <Choices
              label={t.sql.view}
              choices={resultViews.map((value) => ({ value, text: t.sql.resultViews[value] }))}
              value={view}
              onChoose={setView}
            />
            <Downloads i18n={i18n} result={result} />
          </div>
        )
      }
    >
      {result === null ? (
        <p class="muted">{t.sql.nothing}</p>
      ) : (
        <>
          <Rows i18n={i18n} result={result} view={view} />
          <Footer i18n={i18n} result={result} />
        </>
      )}
    </Panel>
  );
}

function Rows({
  i18n,
  result,
  view,
}: {
  readonly i18n: I18n;
  readonly result: KeptResult;
  readonly view: (typeof resultViews)[number];
}): JSX.Element {
  const { answer } = result;
  const chart = useMemo(() => chartData(answer), [answer]);
  if (answer.rows.length === 0) return <p>{i18n.t.sql.noRows}</p>;
  if (view === "chart") {
    return chart === null ? (
      <p>{i18n.t.sql.chartNone}</p>
    ) : (
      <ResultChart i18n={i18n} chart={chart} rows={answer.rows.length} />
    );
  }
  return matchMedia(narrow).matches ? (
    <ResultCards key={result.asOf} i18n={i18n} answer={answer} />
  ) : (
    <ResultTable key={result.asOf} i18n={i18n} answer={answer} />
  );
}

function Footer({
  i18n,
  result: { answer, asOf },
}: {
  readonly i18n: I18n;
  readonly result: KeptResult;
}): JSX.Element {
  const { t, format } = i18n;
  const { rows, columns, cut, milliseconds } = answer;
  const count = cut
    ? i18n.fill(t.sql.cut, { count: format.integer(rows.length) })
    : i18n.plural(t.sql.rows, rows.length);
  return (
    <p class="result-footer muted" role="status">
      {count} · {i18n.plural(t.sql.columnCount, columns.length)} ·{" "}
      {i18n.fill(t.sql.took, { ms: format.integer(milliseconds) })} ·{" "}
      <bdi dir="ltr">{format.dateTime(Date.parse(asOf))}</bdi>
    </p>
  );
}

function Downloads({
  i18n,
  result,
}: {
  readonly i18n: I18n;
  readonly result: KeptResult;
}): JSX.Element {
  const { t } = i18n;
  const offer = (format: "CSV" | "JSON", save: () => void): JSX.Element => (
    <button type="button" aria-label={i18n.fill(t.sql.download, { format })} onClick={save}>
      <Icon name="download" /> {format}
    </button>
  );
  return (
    <>
      {offer("CSV", () => saveFile("egx-query.csv", "text/csv", csvFile(result)))}
      {offer("JSON", () => saveFile("egx-query.json", "application/json", jsonText(result)))}
    </>
  );
}

function saveFile(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
