import type { LocalName } from "../../../src/serve/api/common.ts";
import { fillText, pluralText, type Plural, type Translated, type Values } from "./dictionary.ts";
import { createFormatter, type Digits, type Formatter, type Language } from "./format.ts";
import type { messages } from "./en/messages.ts";

/** All texts of the dashboard, by area. */
export type Messages = Translated<typeof messages>;

/** Everything that depends on the language. */
export interface I18n {
  readonly language: Language;
  readonly dir: "ltr" | "rtl";
  /** The texts. One with `{places}` goes through {@link I18n.fill}. */
  readonly t: Messages;
  readonly format: Formatter;
  /** A text with its places filled, each value isolated from the direction around it. */
  fill(text: string, values: Values): string;
  /** The form for a count; `{count}` is the count, grouped. */
  plural(forms: Plural, count: number, values?: Values): string;
  /** A name in this language, or in the other where it is not known; `otherwise` without any. */
  name(name: LocalName | null, otherwise: string): string;
}

/** Loads the texts of a language. */
export async function loadI18n(language: Language, digits: Digits): Promise<I18n> {
  const texts: { readonly messages: Messages } =
    language === "ar" ? await import("./ar/messages.ts") : await import("./en/messages.ts");
  return createI18n(language, digits, texts.messages);
}

export function createI18n(language: Language, digits: Digits, t: Messages): I18n {
  const format = createFormatter(language, digits);
  const rules = new Intl.PluralRules(language);
  return {
    language,
    dir: language === "ar" ? "rtl" : "ltr",
    t,
    format,
    fill: fillText,
    plural: (forms, count, values = {}) =>
      pluralText(rules, forms, count, { count: format.integer(count), ...values }),
    name: (name, otherwise) => {
      const { en, ar } = name ?? { en: null, ar: null };
      return (language === "ar" ? (ar ?? en) : (en ?? ar)) ?? otherwise;
    },
  };
}
