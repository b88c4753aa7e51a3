import type { QueryAnswer } from "../../../../src/serve/api/query.ts";
import type { I18n } from "../../i18n/i18n.ts";
import { useState, type JSX } from "../../view.ts";
import { Value } from "./result-table.tsx";
import { valueText } from "./result-values.ts";

const rowsAtOnce = 25;

/** A result on a narrow screen: a card a row. */
export function ResultCards({
  i18n,
  answer,
}: {
  readonly i18n: I18n;
  readonly answer: QueryAnswer;
}): JSX.Element {
  const { t, format } = i18n;
  const { columns, rows } = answer;
  const [shown, setShown] = useState(rowsAtOnce);
  return (
    <>
      <ol class="result-cards">
        {rows.slice(0, shown).map((row, at) => (
          <li key={at} aria-label={i18n.fill(t.sql.row, { count: format.integer(at + 1) })}>
            <dl class="fact-list">
              {columns.map(({ name }, column) => (
                <div key={column}>
                  <dt>
                    <bdi dir="ltr">{name}</bdi>
                  </dt>
                  <dd>
                    <Value i18n={i18n} text={valueText(row[column] ?? null)} />
                  </dd>
                </div>
              ))}
            </dl>
          </li>
        ))}
      </ol>
      {shown < rows.length && (
        <button type="button" onClick={() => setShown(shown + rowsAtOnce)}>
          {t.sql.moreRows}
        </button>
      )}
    </>
  );
}
