import { Icon } from "../components/icon.tsx";
import { Choices } from "../components/tabs.tsx";
import { useStore } from "../lib/use-store.ts";
import type { PageProps } from "../page.ts";
import { useEffect, useRef, type ComponentChildren, type JSX } from "../view.ts";

/** The menu of theme, colours, digits and shortcuts. */
export function Settings({ i18n, prefs }: PageProps): JSX.Element {
  const t = i18n.t.shell;
  const chosen = useStore(prefs);
  return (
    <Menu label={t.settings}>
      <Field label={t.theme}>
        <Choices
          label={t.theme}
          value={chosen.theme}
          choices={(["auto", "light", "dark"] as const).map((value) => ({
            value,
            text: t.themes[value],
          }))}
          onChoose={(theme) => prefs.set({ ...prefs.get(), theme })}
        />
      </Field>
      <Field label={t.palette}>
        <Choices
          label={t.palette}
          value={chosen.palette}
          choices={(["normal", "cb"] as const).map((value) => ({
            value,
            text: t.palettes[value],
          }))}
          onChoose={(palette) => prefs.set({ ...prefs.get(), palette })}
        />
      </Field>
      <Field label={t.rises}>
        <Choices
          label={t.rises}
          value={chosen.swapped ? "down" : "up"}
          choices={(["up", "down"] as const).map((value) => ({
            value,
            text: t.risesIn[chosen.palette][value],
          }))}
          onChoose={(value) => prefs.set({ ...prefs.get(), swapped: value === "down" })}
        />
      </Field>
      <Field label={t.digits}>
        <Choices
          label={t.digits}
          value={chosen.digits}
          choices={(["latn", "arab"] as const).map((value) => ({
            value,
            text: t.digitKinds[value],
          }))}
          onChoose={(digits) => prefs.set({ ...prefs.get(), digits })}
        />
      </Field>
      <Field label={t.shortcuts}>
        <Choices
          label={t.shortcuts}
          value={chosen.shortcuts ? "on" : "off"}
          choices={(["on", "off"] as const).map((value) => ({ value, text: t[value] }))}
          onChoose={(value) => prefs.set({ ...prefs.get(), shortcuts: value === "on" })}
        />
      </Field>
    </Menu>
  );
}

function Field({
  label,
  children,
}: {
  readonly label: string;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <div class="field">
      <span class="muted" aria-hidden="true">
        {label}
      </span>
      {children}
    </div>
  );
}

/** What opens below a button, and closes by Escape or a click elsewhere. */
function Menu({
  label,
  children,
}: {
  readonly label: string;
  readonly children: ComponentChildren;
}): JSX.Element {
  const details = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const close = (event: Event): void => {
      const menu = details.current;
      if (menu === null || !menu.open) return;
      const escape = event instanceof KeyboardEvent && event.key === "Escape";
      const outside = event.type === "pointerdown" && !event.composedPath().includes(menu);
      if (!escape && !outside) return;
      menu.open = false;
      if (escape) menu.querySelector("summary")?.focus();
    };
    document.addEventListener("keydown", close);
    document.addEventListener("pointerdown", close);
    return () => {
      document.removeEventListener("keydown", close);
      document.removeEventListener("pointerdown", close);
    };
  }, []);
  return (
    <details class="menu" ref={details}>
      <summary aria-label={label} title={label}>
        <Icon name="settings" />
      </summary>
      <div class="menu-body">{children}</div>
    </details>
  );
}
