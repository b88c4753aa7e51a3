import { ApiError } from "../../api.ts";
import { Icon } from "../../components/icon.tsx";
import { Num } from "../../components/num.tsx";
import { errorText } from "../../i18n/error-text.ts";
import type { I18n } from "../../i18n/i18n.ts";
import type { JSX } from "../../view.ts";
import { errorPlace, type ErrorPlace } from "./error-place.ts";

/** What is wrong with a query, and where. */
export interface QueryFailure {
  readonly code: string;
  readonly text: string;
  readonly hint: string;
  readonly line: number | null;
  readonly column: number | null;
  readonly place: ErrorPlace | null;
  readonly candidates: readonly string[];
}

export function errorOf({
  error,
  sql,
}: {
  readonly error: unknown;
  readonly sql: string;
}): QueryFailure {
  const text = error instanceof Error ? error.message : String(error);
  const code = error instanceof ApiError ? error.code : "E_PAGE";
  const problem = error instanceof ApiError ? error.problem : null;
  const { line, column } = problem ?? {};
  return {
    code,
    text,
    hint: problem?.hint ?? "",
    line: line ?? null,
    column: column ?? null,
    place: errorPlace(sql, { line, column }),
    candidates: problem?.candidates ?? [],
  };
}

/** The message, the line with a caret beneath the place, and what may have been meant. */
export function ErrorPanel({
  i18n,
  failure,
  onGo,
}: {
  readonly i18n: I18n;
  readonly failure: QueryFailure;
  /** Goes to a place of the query. */
  readonly onGo: (offset: number) => void;
}): JSX.Element {
  const { t } = i18n;
  const { code, text, hint, line, column, place, candidates } = failure;
  // The engine's text names the place, so it is seen in every language.
  const own = ownText(i18n, code);
  return (
    <div class="failure" role="alert">
      <p>
        <Icon name="warning" /> <strong>{t.sql.failed}</strong> <Num>{code}</Num>
        {line !== null && column !== null && (
          <span class="muted"> · {i18n.fill(t.sql.at, { line, column })}</span>
        )}
      </p>
      {own !== null && <p>{own}</p>}
      {code !== "E_UNREACHABLE" && (
        <pre class="error-text" dir="ltr" lang="en">
          {text}
        </pre>
      )}
      {place !== null && (
        <div class="error-place">
          <pre
            dir="ltr"
            aria-hidden="true"
          >{`${place.lineText}\n${" ".repeat(place.caretAt)}^`}</pre>
          <button type="button" onClick={() => onGo(place.offset)}>
            {t.sql.goThere}
          </button>
        </div>
      )}
      {candidates.length > 0 && (
        <p>
          {t.sql.meant}{" "}
          {candidates.map((name, at) => (
            <span key={name}>
              {at > 0 && " · "}
              <code>
                <bdi dir="ltr">{name}</bdi>
              </code>
            </span>
          ))}
        </p>
      )}
      {hint !== "" && (
        <p class="muted" dir="ltr" lang="en">
          {hint}
        </p>
      )}
    </div>
  );
}

function ownText(i18n: I18n, code: string): string | null {
  if (code === "E_UNREACHABLE") return i18n.t.shell.unreachable;
  return i18n.language === "en" ? null : errorText(i18n, code);
}
