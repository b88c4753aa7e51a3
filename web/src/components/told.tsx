import { errorText } from "../i18n/error-text.ts";
import type { I18n } from "../i18n/i18n.ts";
import type { JSX } from "../view.ts";

/**
 * What the program says of an error. It speaks English, and says more than its code does: on a page
 * of another language the code's meaning comes first, and the program's words are there on demand.
 */
export function Told({
  i18n,
  code,
  text,
}: {
  readonly i18n: I18n;
  /** Null where no error belongs to it. */
  readonly code: string | null;
  readonly text: string;
}): JSX.Element {
  const own = i18n.language === "en" || code === null ? null : errorText(i18n, code);
  if (own === null) {
    return (
      <span class="told" dir="ltr" lang="en">
        {text}
      </span>
    );
  }
  return (
    <>
      <span class="told">{own}</span>
      <OwnWords i18n={i18n} text={text} />
    </>
  );
}

/** The program's own words, folded away. */
export function OwnWords({
  i18n,
  text,
}: {
  readonly i18n: I18n;
  readonly text: string;
}): JSX.Element {
  return (
    <details class="own-words">
      <summary>{i18n.t.shell.ownWords}</summary>
      <p dir="ltr" lang="en">
        {text}
      </p>
    </details>
  );
}
