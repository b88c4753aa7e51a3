import { optional, setting } from "./setting.ts";
import * as value from "./values.ts";

/** The dashboard and the HTTP API. */
export const serveSettings = {
  port: setting(optional(value.wholeNumber(0, 65_535)), {
    flags: ["--port"],
    argument: "port",
    env: "EGX_PORT",
    fallback: null,
    fallbackNote: "8080, or a free one when that is taken",
    meaning: "Serve the dashboard and the API on this port; 0 takes any free one.",
  }),
  host: setting(value.text, {
    flags: ["--host"],
    argument: "address",
    env: "EGX_HOST",
    fallback: "127.0.0.1",
    meaning:
      "Address that they are served on. Another than loopback needs a token in EGX_SERVE_TOKEN. See docs/api.md.",
  }),
  serveToken: setting(optional(value.text), {
    flags: [],
    argument: null,
    env: "EGX_SERVE_TOKEN",
    fallback: null,
    fallbackNote: "none is asked for",
    meaning: "What readers of the dashboard and the API have to know; 16 characters at the least.",
  }),
  open: setting(value.toggle, {
    flags: ["--open"],
    argument: null,
    env: null,
    fallback: "false",
    meaning: "Open the dashboard in the browser.",
  }),
};
