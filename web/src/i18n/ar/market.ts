import type { Translated } from "../dictionary.ts";
import type { market as texts } from "../en/market.ts";

export const market: Translated<typeof texts> = {
  title: "السوق",
};
