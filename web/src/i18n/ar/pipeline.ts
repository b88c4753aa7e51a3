import type { Translated } from "../dictionary.ts";
import type { pipeline as texts } from "../en/pipeline.ts";

export const pipeline: Translated<typeof texts> = {
  title: "مسار البيانات",
};
