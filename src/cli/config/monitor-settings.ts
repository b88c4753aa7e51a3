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
      "Serve /metrics, /livez and /readyz on this port of --metrics-host; 0 takes any free one, 9464 is " +
      "what deploy/prometheus asks. See docs/metrics.md.",
  }),
  metricsHost: setting(value.text, {
    flags: ["--metrics-host"],
    argument: "address",
    env: "EGX_METRICS_HOST",
    fallback: "127.0.0.1",
    meaning:
      "Address that metrics are served on. Anybody who reaches it may read them, without a login or " +
      "encryption: leave it at loopback, or open it to a network of containers alone.",
  }),
};
