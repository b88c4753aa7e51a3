import { roles } from "../upload-rights.ts";
import { setting } from "./setting.ts";
import * as value from "./values.ts";

/** What is asked of an upload's rights. */
export const uploadSettings = {
  role: setting(value.choice(...roles), {
    flags: ["--role"],
    argument: "name",
    env: null,
    fallback: "uploader",
    meaning: "What these credentials are for: uploader, consumer, reader or admin.",
  }),
};
