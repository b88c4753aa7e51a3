import type { Translated } from "../dictionary.ts";
import type { quality as texts } from "../en/quality.ts";

export const quality: Translated<typeof texts> = {
  title: "جودة البيانات",
};
