import { optional, setting } from "./setting.ts";
import * as value from "./values.ts";

/** Where the live feed is, and as whom it is asked. A token must not stand in a list of processes. */
export const tradingviewSettings = {
  tradingviewUrl: setting(optional(value.text), {
    flags: [],
    argument: null,
    env: "EGX_TRADINGVIEW_URL",
    fallback: null,
    fallbackNote: "TradingView's own",
    meaning: "Websocket address of the live feed, wss://….",
  }),
  tradingviewScannerUrl: setting(optional(value.text), {
    flags: [],
    argument: null,
    env: "EGX_TRADINGVIEW_SCANNER_URL",
    fallback: null,
    fallbackNote: "TradingView's own",
    meaning: "Address of the list of symbols beside the live feed, https://….",
  }),
  tradingviewToken: setting(optional(value.text), {
    flags: [],
    argument: null,
    env: "EGX_TRADINGVIEW_TOKEN",
    fallback: null,
    fallbackNote: "none; EGX bars need none",
    meaning: "The auth token of an account there; see docs/feeds/tradingview.md.",
  }),
};
