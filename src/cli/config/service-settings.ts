import { optional, setting } from "./setting.ts";
import * as value from "./values.ts";

/** Other services, and as whom they are asked. Secrets must not stand in a list of processes. */
export const serviceSettings = {
  yahooUrl: setting(optional(value.serviceAddress), {
    flags: [],
    argument: null,
    env: "EGX_YAHOO_URL",
    fallback: null,
    fallbackNote: "Yahoo's own",
    meaning: "Address of Yahoo's charts, https://….",
  }),
  eodhdUrl: setting(optional(value.serviceAddress), {
    flags: [],
    argument: null,
    env: "EGX_EODHD_URL",
    fallback: null,
    fallbackNote: "EODHD's own",
    meaning: "Address of EODHD, https://….",
  }),
  eodhdToken: setting(optional(value.text), {
    flags: [],
    argument: null,
    env: "EODHD_API_TOKEN",
    fallback: null,
    meaning: "The token of an account at EODHD; see docs/feeds/eodhd.md.",
  }),
  kaggleUrl: setting(optional(value.serviceAddress), {
    flags: [],
    argument: null,
    env: "EGX_KAGGLE_URL",
    fallback: null,
    fallbackNote: "Kaggle's own",
    meaning: "Address of Kaggle, https://….",
  }),
  kaggleToken: setting(optional(value.text), {
    flags: [],
    argument: null,
    env: "KAGGLE_API_TOKEN",
    fallback: null,
    fallbackNote: "~/.kaggle/access_token",
    meaning: "A token of an account at Kaggle, or the path of a file with it; see docs/loads.md.",
  }),
  kaggleUsername: setting(optional(value.text), {
    flags: [],
    argument: null,
    env: "KAGGLE_USERNAME",
    fallback: null,
    fallbackNote: "~/.kaggle/kaggle.json",
    meaning: "Name of an account at Kaggle, with KAGGLE_KEY.",
  }),
  kaggleKey: setting(optional(value.text), {
    flags: [],
    argument: null,
    env: "KAGGLE_KEY",
    fallback: null,
    fallbackNote: "~/.kaggle/kaggle.json",
    meaning: "Key of that account.",
  }),
};
