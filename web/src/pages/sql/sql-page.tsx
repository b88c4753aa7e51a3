import { Panel } from "../../components/panel.tsx";
import type { PageProps } from "../../page.ts";
import { useCallback, type JSX } from "../../view.ts";
import type { EditorHandle } from "./editor-handle.ts";
import { errorOf, ErrorPanel } from "./error-panel.tsx";
import { ResultPanel } from "./result-panel.tsx";
import { RunBar } from "./run-bar.tsx";
import { SidePanel } from "./side-panel.tsx";
import { SqlEditor } from "./sql-editor.tsx";
import { useConsole } from "./use-console.ts";

/** Read-only SQL over the tables: an editor, its rows as a table or a picture, and as a file. */
export function SqlPage(props: PageProps): JSX.Element {
  const { i18n } = props;
  const { t } = i18n;
  const { first, text, editor, query, history, schema, tables, change, run, forget } =
    useConsole(props);
  const ready = useCallback((opened: EditorHandle) => {
    editor.current = opened;
  }, []);
  const goTo = (offset: number): void => {
    editor.current?.mark(offset);
    editor.current?.goTo(offset);
  };
  return (
    <>
      <div class="page-head">
        <h1>{t.sql.title}</h1>
        <p class="muted">{t.sql.lead}</p>
      </div>
      <div class="sql-layout">
        <SidePanel
          i18n={i18n}
          schema={schema}
          history={history}
          onInsert={(name) => editor.current?.insert(name)}
          onUse={(sql) => editor.current?.setText(sql)}
          onForget={forget}
        />
        <div class="sql-main">
          <Panel title={t.sql.editor}>
            <SqlEditor
              i18n={i18n}
              first={first}
              schema={tables}
              onChange={change}
              onRun={run}
              onCancel={query.cancel}
              onReady={ready}
            />
            <RunBar i18n={i18n} text={text} query={query} onRun={run} />
            {query.failure !== null && (
              <ErrorPanel i18n={i18n} failure={errorOf(query.failure)} onGo={goTo} />
            )}
          </Panel>
          <ResultPanel i18n={i18n} query={query} />
        </div>
      </div>
    </>
  );
}
