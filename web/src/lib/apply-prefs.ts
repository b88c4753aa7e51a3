import type { Prefs } from "./prefs.ts";

const darkQuery = "(prefers-color-scheme: dark)";

/** Puts language, theme, colours and digits where the style sheets look for them. */
export function applyPrefs({ language, theme, palette, swapped, digits }: Prefs): void {
  const root = document.documentElement;
  root.lang = language;
  root.dir = language === "ar" ? "rtl" : "ltr";
  const dark = theme === "dark" || (theme === "auto" && matchMedia(darkQuery).matches);
  root.dataset["theme"] = dark ? "dark" : "light";
  root.dataset["palette"] = palette;
  root.dataset["swapped"] = String(swapped);
  root.dataset["digits"] = digits;
}

/** Calls `listener` when the system turns light or dark. */
export function onSystemTheme(listener: () => void): void {
  matchMedia(darkQuery).addEventListener("change", listener);
}
