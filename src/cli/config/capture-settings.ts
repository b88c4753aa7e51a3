import { optional, setting } from "./setting.ts";
import * as value from "./values.ts";

/** What is asked of a recording of the live feed's frames. */
export const captureSettings = {
  captureMs: setting(optional(value.seconds(1)), {
    flags: ["--for"],
    argument: "seconds",
    env: null,
    fallback: null,
    fallbackNote: "until stopped",
    unit: "seconds",
    meaning: "Record for this long.",
  }),
};
