import { Chip, type ChipKind } from "../../components/chip.tsx";
import { Num } from "../../components/num.tsx";
import { Panel } from "../../components/panel.tsx";
import { Choices } from "../../components/tabs.tsx";
import { Table, type Column } from "../../components/table.tsx";
import { Told } from "../../components/told.tsx";
import type { I18n } from "../../i18n/i18n.ts";
import { useMemo, useState, type JSX } from "../../view.ts";
import { lastErrors, newsShown, type NewsLine } from "./news.ts";

interface NewsProps {
  readonly i18n: I18n;
  readonly news: readonly NewsLine[];
}

const errorsMax = 5;
const levels = ["all", "warn", "error"] as const;
type Level = (typeof levels)[number];

/** The last failures. */
export function ErrorsPanel({ i18n, news }: NewsProps): JSX.Element {
  const { t, format } = i18n;
  const errors = lastErrors(news, errorsMax);
  return (
    <Panel title={t.pipeline.errorsTitle}>
      {errors.length === 0 && <p>{t.pipeline.noErrors}</p>}
      <ul class="errors">
        {errors.map(({ id, time, stage, code, text }) => (
          <li key={id}>
            <Num>{format.time(Date.parse(time), true)}</Num>{" "}
            {stage !== null && <strong>{t.pipeline.stages[stage]}</strong>}{" "}
            {code !== null && (
              <code>
                <bdi dir="ltr">{code}</bdi>
              </code>
            )}
            <div class="news-text">
              <Told i18n={i18n} code={code} text={text} />
            </div>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

/** Everything that happened lately, newest first. */
export function NewsPanel({ i18n, news }: NewsProps): JSX.Element {
  const { t } = i18n;
  const [level, setLevel] = useState<Level>("all");
  const shown = useMemo(() => newsShown(news, level), [news, level]);
  const columns = useMemo(() => columnsOf(i18n), [i18n]);
  return (
    <Panel
      title={t.pipeline.news}
      aside={
        <Choices
          label={t.pipeline.newsLevel}
          choices={levels.map((value) => ({ value, text: t.pipeline.levels[value] }))}
          value={level}
          onChoose={setLevel}
        />
      }
    >
      {shown.length === 0 ? (
        <p>{level === "error" ? t.pipeline.noErrors : t.pipeline.noNews}</p>
      ) : (
        <Table
          i18n={i18n}
          caption={t.pipeline.news}
          columns={columns}
          rows={shown}
          keyOf={({ id }) => String(id)}
        />
      )}
    </Panel>
  );
}

const kinds: Readonly<Record<NewsLine["level"], ChipKind>> = {
  info: "closed",
  warn: "warn",
  error: "down",
};

function columnsOf(i18n: I18n): readonly Column<NewsLine>[] {
  const { t, format } = i18n;
  return [
    {
      key: "time",
      title: t.pipeline.time,
      cell: ({ time }) => <Num>{format.time(Date.parse(time), true)}</Num>,
    },
    {
      key: "stage",
      title: t.pipeline.stage,
      cell: ({ stage }) => (stage === null ? format.integer(null) : t.pipeline.stages[stage]),
    },
    {
      key: "kind",
      title: t.pipeline.what,
      cell: ({ kind, level }) => <Chip kind={kinds[level]}>{t.pipeline.newsKinds[kind]}</Chip>,
    },
    {
      key: "text",
      title: t.pipeline.text,
      cell: ({ text, code }) => (
        <div class="news-text">
          <Told i18n={i18n} code={code} text={text} />
          {code !== null && (
            <code>
              {" "}
              <bdi dir="ltr">{code}</bdi>
            </code>
          )}
        </div>
      ),
    },
  ];
}
