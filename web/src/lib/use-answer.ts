import { isAbort } from "../api.ts";
import { useEffect, useRef, useState } from "../view.ts";

/** How an answer of the server stands. */
export interface Asked<T> {
  /** The newest answer, kept while a newer one is asked for; null before the first one. */
  readonly answer: T | null;
  /** Why the last question failed; null when it did not. */
  readonly error: unknown;
  readonly loading: boolean;
  /** Asks again. */
  readonly again: () => void;
}

/**
 * Asks when the component appears and whenever one of `keys` changes; an older question is given
 * up. A change of `subject` forgets the answer, the other keys keep it until the new one comes.
 */
export function useAnswer<T>(
  ask: (signal: AbortSignal) => Promise<T>,
  subject: string,
  keys: readonly unknown[] = [],
): Asked<T> {
  const [state, setState] = useState<Omit<Asked<T>, "again"> & { readonly subject: string }>({
    subject,
    answer: null,
    error: null,
    loading: true,
  });
  const [times, setTimes] = useState(0);
  const latest = useRef(ask);
  latest.current = ask;
  useEffect(() => {
    const ended = new AbortController();
    setState((now) =>
      now.subject === subject
        ? { ...now, loading: true }
        : { subject, answer: null, error: null, loading: true },
    );
    latest.current(ended.signal).then(
      (answer) => {
        if (!ended.signal.aborted) setState({ subject, answer, error: null, loading: false });
      },
      (error: unknown) => {
        if (ended.signal.aborted || isAbort(error)) return;
        setState((now) => ({ ...now, error, loading: false }));
      },
    );
    return () => ended.abort();
  }, [subject, times, ...keys]);
  const fresh = state.subject === subject ? state : { answer: null, error: null, loading: true };
  return { ...fresh, again: () => setTimes((now) => now + 1) };
}
