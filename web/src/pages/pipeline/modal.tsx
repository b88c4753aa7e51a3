import { Icon } from "../../components/icon.tsx";
import type { I18n } from "../../i18n/i18n.ts";
import { useEffect, useId, useRef, type ComponentChildren, type JSX } from "../../view.ts";

/** A window before the page: keeps the focus, and gives it back when Esc or a button closes it. */
export function Modal({
  i18n,
  title,
  children,
  onClose,
}: {
  readonly i18n: I18n;
  readonly title: string;
  readonly children: ComponentChildren;
  readonly onClose: () => void;
}): JSX.Element {
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog ref={dialog} class="modal" aria-labelledby={id} onClose={onClose}>
      <div class="panel-head">
        <h2 id={id}>{title}</h2>
        <button
          type="button"
          class="quiet"
          aria-label={i18n.t.shell.close}
          onClick={() => dialog.current?.close()}
        >
          <Icon name="close" />
        </button>
      </div>
      {children}
    </dialog>
  );
}
