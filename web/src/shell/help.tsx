import type { I18n } from "../i18n/i18n.ts";
import { useEffect, useRef, type JSX } from "../view.ts";

const rows = [
  [["/"], "search"],
  [["g", "m"], "market"],
  [["g", "q"], "quality"],
  [["g", "p"], "pipeline"],
  [["g", "c"], "sql"],
  [["t"], "theme"],
  [["l"], "language"],
  [["?"], "help"],
  [["Esc"], "close"],
] as const;

/** The list of keys. */
export function Help({
  i18n,
  onClose,
}: {
  readonly i18n: I18n;
  readonly onClose: () => void;
}): JSX.Element {
  const t = i18n.t.shell;
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="help" aria-label={t.help} onClose={onClose}>
      <h2>{t.help}</h2>
      <dl>
        {rows.map(([keys, name]) => (
          <div key={name}>
            <dt dir="ltr">
              {keys.map((key, place) => (
                <span key={key}>
                  {place > 0 && ` ${t.helpThen} `}
                  <kbd>{key}</kbd>
                </span>
              ))}
            </dt>
            <dd>{t.helpKeys[name]}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button type="submit">{t.close}</button>
      </form>
    </dialog>
  );
}
