import type { I18n } from "../../i18n/i18n.ts";
import type { JSX } from "../../view.ts";
import { hasLimit } from "./error-place.ts";
import { rowsMax, type RunningQuery } from "./use-query.ts";

/** Runs and cancels, and says what is added to the query. */
export function RunBar({
  i18n,
  text,
  query,
  onRun,
}: {
  readonly i18n: I18n;
  readonly text: string;
  readonly query: RunningQuery;
  readonly onRun: () => void;
}): JSX.Element {
  const { t, format } = i18n;
  const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);
  const key = isMac ? "⌘" : "Ctrl";
  const limit = format.integer(rowsMax);
  return (
    <div class="run-bar">
      <button type="button" class="primary" onClick={onRun}>
        {t.sql.run}
      </button>
      <button type="button" disabled={!query.running} onClick={query.cancel}>
        {t.sql.cancel}
      </button>
      <span role="status">
        {query.running ? t.sql.running : query.cancelled ? t.sql.cancelled : ""}
      </span>
      <span class="limit-note">
        {i18n.fill(hasLimit(text) ? t.sql.limitOwn : t.sql.limitAdded, { limit })}
      </span>
      <span class="muted run-hint">
        {i18n.fill(t.sql.runHint, { key: `${key}+Enter`, cancel: `${key}+.`, tab: "Tab" })}
      </span>
    </div>
  );
}
