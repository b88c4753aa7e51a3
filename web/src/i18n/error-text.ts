import type { I18n } from "./i18n.ts";

/** What an error code means in the language of the page; null for one that this page is older than. */
export function errorText({ t }: Pick<I18n, "t">, code: string): string | null {
  return Object.entries(t.errors).find(([name]) => name === code)?.[1] ?? null;
}
