import type { QueryAnswer, QueryRequest } from "../../../../src/serve/api/query.ts";
import { isAbort } from "../../api.ts";
import type { PageProps } from "../../page.ts";
import { useRef, useState } from "../../view.ts";
import type { KeptResult } from "./download.ts";

/** Rows that a query gives at the most. */
export const rowsMax = 1_000;

/** How the last query stands. */
export interface QueryState {
  readonly running: boolean;
  /** The newest rows; they stay while the next query runs. */
  readonly result: KeptResult | null;
  /** Why the last query failed, and what it was. */
  readonly failure: { readonly error: unknown; readonly sql: string } | null;
  readonly cancelled: boolean;
}

export interface RunningQuery extends QueryState {
  readonly run: (sql: string) => void;
  readonly cancel: () => void;
}

const atFirst: QueryState = { running: false, result: null, failure: null, cancelled: false };

/** Runs one query at a time; a new one ends the one before. */
export function useQuery({ api, clock, live }: PageProps): RunningQuery {
  const [state, setState] = useState<QueryState>(atFirst);
  const current = useRef<AbortController | null>(null);
  const ask = async (sql: string, signal: AbortSignal): Promise<void> => {
    const request: QueryRequest = { sql, limit: rowsMax };
    try {
      const answer = await api.post<QueryAnswer>("/query", request, signal);
      const asOf = new Date(clock.nowMs() + live.skewMs.get()).toISOString();
      if (signal.aborted) return;
      setState({ ...atFirst, result: { sql, answer, asOf } });
    } catch (error) {
      if (signal.aborted || isAbort(error)) return;
      setState(({ result }) => ({ ...atFirst, result, failure: { error, sql } }));
    }
  };
  return {
    ...state,
    run: (sql) => {
      if (sql.trim() === "") return;
      current.current?.abort();
      current.current = new AbortController();
      setState(({ result }) => ({ ...atFirst, result, running: true }));
      void ask(sql, current.current.signal);
    },
    cancel: () => {
      if (current.current === null) return;
      current.current.abort();
      current.current = null;
      setState((now) => (now.running ? { ...now, running: false, cancelled: true } : now));
    },
  };
}
