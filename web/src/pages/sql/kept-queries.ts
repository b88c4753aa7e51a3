import { historyText, parseHistory, withQuery, type PastQuery } from "./history.ts";

const historyKey = "egx.sql.history";
const draftKey = "egx.sql.draft";

/** What this browser remembers of the console; a browser that keeps nothing remembers nothing. */
export const keptQueries = {
  history: (): readonly PastQuery[] => parseHistory(read(historyKey)),
  remember: (past: PastQuery): readonly PastQuery[] => {
    const history = withQuery(parseHistory(read(historyKey)), past);
    write(historyKey, historyText(history));
    return history;
  },
  forget: (): void => write(historyKey, null),
  draft: (): string | null => read(draftKey),
  keepDraft: (sql: string): void => write(draftKey, sql),
};

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key: string, text: string | null): void {
  try {
    if (text === null) localStorage.removeItem(key);
    else localStorage.setItem(key, text);
  } catch {
    // Full or forbidden: the console works without it.
  }
}
