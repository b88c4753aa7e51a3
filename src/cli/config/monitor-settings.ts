import { optional, setting } from "./setting.ts";
import * as value from "./values.ts";

/** What long-running commands tell machines about themselves. */
export const monitorSettings = {
  watch: setting(value.toggle, {
    flags: ["--watch"],
    argument: null,
    env: null,
    fallback: "false",
    meaning: "Look again every two seconds, until stopped.",
  }),
  metricsPort: setting(optional(value.wholeNumber(0, 65_535)), {
    flags: ["--metrics-port"],
    argument: "port",
    env: "EGX_METRICS_PORT",
    fallback: null,
    fallbackNote: "none is served",
    meaning:
      "Serve /metrics, /livez and /readyz on this port of 127.0.0.1; 0 takes any free one. See docs/metrics.md.",
  }),
};
