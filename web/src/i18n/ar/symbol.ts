import type { Translated } from "../dictionary.ts";
import type { symbol as texts } from "../en/symbol.ts";

export const symbol: Translated<typeof texts> = {
  title: "السهم",
};
