import { setting } from "./setting.ts";
import * as value from "./values.ts";

/** What is done about holes in the data. */
export const qualitySettings = {
  heal: setting(value.toggle, {
    flags: ["--heal"],
    argument: null,
    env: null,
    fallback: "false",
    meaning: "Ask the feed for what is missing or wrong, and load it.",
  }),
};
