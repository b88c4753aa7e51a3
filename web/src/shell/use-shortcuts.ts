import type { PageProps } from "../page.ts";
import { addressOf } from "../router.ts";
import { useEffect, useRef, useState } from "../view.ts";
import { ShortcutReader, type Shortcut } from "./shortcuts.ts";

/** Listens to the keys of the whole dashboard; tells whether the list of them is open. */
export function useShortcuts(props: PageProps): {
  readonly open: boolean;
  readonly close: () => void;
} {
  const [open, setOpen] = useState(false);
  const latest = useRef(props);
  latest.current = props;
  useEffect(() => {
    const reader = new ShortcutReader();
    const onKey = (event: KeyboardEvent): void => {
      const modified = event.ctrlKey || event.metaKey || event.altKey;
      if (modified || isTyping(event) || !latest.current.prefs.get().shortcuts) return;
      const shortcut = reader.read(event.key);
      if (shortcut === null) return;
      event.preventDefault();
      if (shortcut === "help") setOpen(true);
      else act(shortcut, latest.current);
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
  return { open, close: () => setOpen(false) };
}

function act(shortcut: Exclude<Shortcut, "help">, { prefs, go }: PageProps): void {
  const now = prefs.get();
  if (shortcut === "search" || shortcut === "symbol") {
    document.querySelector<HTMLElement>("#symbol-search")?.focus();
  } else if (shortcut === "theme") {
    const dark = document.documentElement.dataset["theme"] === "dark";
    prefs.set({ ...now, theme: dark ? "light" : "dark" });
  } else if (shortcut === "language") {
    prefs.set({ ...now, language: now.language === "ar" ? "en" : "ar" });
  } else go(addressOf(shortcut));
}

/** Whether a key belongs to where it is typed. */
function isTyping({ target }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(input|textarea|select)$/i.test(target.tagName);
}
