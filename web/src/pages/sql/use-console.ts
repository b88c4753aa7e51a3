import type { SchemaAnswer } from "../../../../src/serve/api/query.ts";
import { useAnswer } from "../../lib/use-answer.ts";
import { useStore } from "../../lib/use-store.ts";
import type { PageProps } from "../../page.ts";
import { useMemo, useRef, useState } from "../../view.ts";
import type { EditorHandle, EditorTable } from "./editor-handle.ts";
import { examples } from "./examples.ts";
import type { PastQuery } from "./history.ts";
import { keptQueries } from "./kept-queries.ts";
import { useQuery, type RunningQuery } from "./use-query.ts";

/** What the console knows and does. */
export interface SqlConsole {
  /** What the editor began with, and what is in it now. */
  readonly first: string;
  readonly text: string;
  readonly editor: { current: EditorHandle | null };
  readonly query: RunningQuery;
  readonly history: readonly PastQuery[];
  readonly schema: SchemaAnswer | null;
  readonly tables: readonly EditorTable[] | null;
  readonly change: (text: string) => void;
  /** Runs what the editor holds. */
  readonly run: () => void;
  readonly forget: () => void;
}

export function useConsole(props: PageProps): SqlConsole {
  const { api, live, clock, route } = props;
  const first = useMemo(
    () => route.query.get("sql") ?? keptQueries.draft() ?? examples.newest,
    // The address at the first visit; later ones do not overwrite what is being written.
    [],
  );
  const [text, setText] = useState(first);
  const [history, setHistory] = useState<readonly PastQuery[]>(() => keptQueries.history());
  const editor = useRef<EditorHandle | null>(null);
  const query = useQuery(props);
  const built = useStore(live.silverDigest) !== null;
  const { answer: schema } = useAnswer(
    async (signal) => api.get<SchemaAnswer>("/query/schema", {}, signal),
    "schema",
    [built],
  );
  const tables = useMemo(() => (schema === null ? null : tablesOf(schema)), [schema]);
  return {
    first,
    text,
    editor,
    query,
    history,
    schema,
    tables,
    change: (changed) => {
      setText(changed);
      keptQueries.keepDraft(changed);
    },
    run: () => {
      const sql = editor.current?.text() ?? text;
      editor.current?.mark(null);
      if (sql.trim() !== "") setHistory(keptQueries.remember({ sql, atMs: clock.nowMs() }));
      query.run(sql);
    },
    forget: () => {
      keptQueries.forget();
      setHistory([]);
    },
  };
}

function tablesOf({ views }: SchemaAnswer): readonly EditorTable[] {
  return views.map(({ name, columns }) => ({
    name,
    columns: columns.map((column) => column.name),
  }));
}
