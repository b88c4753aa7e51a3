import type { SchemaAnswer } from "../../../../src/serve/api/query.ts";
import { Choices } from "../../components/tabs.tsx";
import { Num } from "../../components/num.tsx";
import type { I18n } from "../../i18n/i18n.ts";
import { useState, type JSX } from "../../view.ts";
import { exampleNames, examples } from "./examples.ts";
import type { PastQuery } from "./history.ts";

interface SideProps {
  readonly i18n: I18n;
  readonly schema: SchemaAnswer | null;
  readonly history: readonly PastQuery[];
  /** Puts a name where the caret is. */
  readonly onInsert: (name: string) => void;
  /** Puts a whole query into the editor. */
  readonly onUse: (sql: string) => void;
  readonly onForget: () => void;
}

const sides = ["schema", "examples", "history"] as const;

/** What helps to write a query: tables, examples, and what was run before. */
export function SidePanel(props: SideProps): JSX.Element {
  const { t } = props.i18n;
  const [side, setSide] = useState<(typeof sides)[number]>("examples");
  return (
    <aside class="sql-side" aria-label={t.sql.side}>
      <Choices
        label={t.sql.side}
        choices={sides.map((value) => ({ value, text: t.sql.sides[value] }))}
        value={side}
        onChoose={setSide}
      />
      {side === "schema" && <Schema {...props} />}
      {side === "examples" && <Examples {...props} />}
      {side === "history" && <History {...props} />}
    </aside>
  );
}

function Schema({ i18n, schema, onInsert }: SideProps): JSX.Element {
  const { t } = i18n;
  const meanings = new Map<string, string>(Object.entries(t.sql.views));
  const insert = (name: string, type: string | null): JSX.Element => (
    <button
      type="button"
      class="quiet"
      aria-label={i18n.fill(t.sql.insert, { name })}
      onClick={() => onInsert(name)}
    >
      <code>{name}</code>
      {type !== null && <span class="muted">{type}</span>}
    </button>
  );
  return (
    <ul class="schema">
      {(schema?.views ?? []).map(({ name, columns }) => (
        <li key={name}>
          <details>
            <summary>
              <code>
                <bdi dir="ltr">{name}</bdi>
              </code>
              <span class="muted"> {i18n.plural(t.sql.columns, columns.length)}</span>
            </summary>
            <p class="muted">{meanings.get(name) ?? ""}</p>
            <ul dir="ltr">
              <li>{insert(name, null)}</li>
              {columns.map((column) => (
                <li key={column.name}>{insert(quoted(column.name), column.type)}</li>
              ))}
            </ul>
          </details>
        </li>
      ))}
    </ul>
  );
}

/** Words that SQL keeps for itself are written in quotes. */
function quoted(name: string): string {
  return ["interval", "index"].includes(name) ? `"${name}"` : name;
}

function Examples({ i18n, onUse }: SideProps): JSX.Element {
  const { t } = i18n;
  return (
    <ul class="queries">
      {exampleNames.map((name) => (
        <li key={name}>
          <button type="button" class="quiet" onClick={() => onUse(examples[name])}>
            {t.sql.examples[name]}
          </button>
        </li>
      ))}
    </ul>
  );
}

function History({ i18n, history, onUse, onForget }: SideProps): JSX.Element {
  const { t, format } = i18n;
  if (history.length === 0) return <p class="muted">{t.sql.noHistory}</p>;
  return (
    <>
      <ul class="queries">
        {history.map(({ sql, atMs }) => (
          <li key={sql}>
            <button type="button" class="quiet" onClick={() => onUse(sql)}>
              <span class="muted">
                <Num>{format.dateTime(atMs)}</Num>
              </span>
              <code class="past-query" dir="ltr">
                {sql}
              </code>
            </button>
          </li>
        ))}
      </ul>
      <button type="button" onClick={onForget}>
        {t.sql.clearHistory}
      </button>
    </>
  );
}
