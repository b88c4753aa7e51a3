import type { DeadLetterLine } from "../../../../src/serve/api/pipeline.ts";
import { Num } from "../../components/num.tsx";
import type { Column } from "../../components/table.tsx";
import { Told } from "../../components/told.tsx";
import type { I18n } from "../../i18n/i18n.ts";
import type { ReplayAsked } from "./replay-dialog.tsx";

/** What can be done with a letter of the list. */
export interface LetterActs {
  readonly show: (id: string) => void;
  /** Null where nothing can be replayed. */
  readonly replay: ((asked: ReplayAsked) => void) | null;
}

/** The columns of the list of dead letters. */
export function letterColumns(i18n: I18n, acts: LetterActs): readonly Column<DeadLetterLine>[] {
  return [...placeColumns(i18n, acts), ...reasonColumns(i18n, acts)];
}

function placeColumns(i18n: I18n, { show }: LetterActs): readonly Column<DeadLetterLine>[] {
  const { t, format } = i18n;
  return [
    {
      key: "id",
      title: t.pipeline.position,
      cell: ({ id }) => (
        <button
          type="button"
          class="quiet"
          aria-label={`${t.pipeline.sample}: ${id}`}
          onClick={() => show(id)}
        >
          <Num>{id}</Num>
        </button>
      ),
    },
    {
      key: "published",
      title: t.pipeline.published,
      sort: ({ published }) => published,
      cell: ({ published }) => <Num>{format.dateTime(Date.parse(published))}</Num>,
    },
    {
      key: "key",
      title: t.pipeline.key,
      sort: ({ key }) => key,
      cell: ({ key }) => <bdi dir="ltr">{key ?? format.integer(null)}</bdi>,
    },
  ];
}

function reasonColumns(i18n: I18n, { replay }: LetterActs): readonly Column<DeadLetterLine>[] {
  const { t } = i18n;
  return [
    {
      key: "code",
      title: t.pipeline.code,
      sort: ({ code }) => code,
      cell: ({ code }) => (
        <code>
          <bdi dir="ltr">{code}</bdi>
        </code>
      ),
    },
    {
      key: "reason",
      title: t.pipeline.reason,
      cell: ({ code, reason }) => (
        <div class="news-text">
          <Told i18n={i18n} code={code} text={reason} />
        </div>
      ),
    },
    {
      key: "end",
      title: t.pipeline.outcome,
      cell: ({ id, end }) => {
        if (end !== null) return t.pipeline.outcomes[end.outcome];
        if (replay === null) return t.pipeline.waits;
        return (
          <button
            type="button"
            aria-label={`${t.pipeline.replay}: ${id}`}
            onClick={() => replay({ id, code: null })}
          >
            {t.pipeline.replay}
          </button>
        );
      },
    },
  ];
}
