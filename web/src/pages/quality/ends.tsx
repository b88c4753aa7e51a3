import type { I18n } from "../../i18n/i18n.ts";
import type { JSX } from "../../view.ts";

/** Says which end of the time axis is which: it runs left to right in every language. */
export function Ends({ i18n }: { readonly i18n: I18n }): JSX.Element {
  return (
    <p class="matrix-ends muted" dir="ltr">
      <span>{i18n.t.shell.oldest}</span>
      <span>{i18n.t.shell.newest}</span>
    </p>
  );
}
