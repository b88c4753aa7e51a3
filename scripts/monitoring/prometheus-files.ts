import { alerts, isOpen, type AlertFacts } from "./alert-table.ts";
import { Times } from "./times.ts";

export interface RulesAsked {
  /** Shrinks all durations of the rules; 1 is what is shipped. */
  readonly scale: number;
  /** How often rules are looked at, as Prometheus writes it: `15s`. */
  readonly interval: string;
}

/** What is shipped. */
export const shippedRules: RulesAsked = { scale: 1, interval: "15s" };

/** Windows of the burn rates, by the name that the shipped rules give them. */
const windows = { "5m": 300, "30m": 1_800, "1h": 3_600, "6h": 21_600 } as const;

const note =
  "# Made by `npm run monitoring` from scripts/monitoring/alert-table.ts: edit that, not this file.";

/** The file of recording and alert rules. */
export function rulesFile({ scale, interval }: RulesAsked): string {
  const times = new Times(scale);
  const records = Object.entries(windows).flatMap(([name, seconds]) => {
    const increase = (metric: string): string =>
      `sum by (stage) (increase(${metric}[${times.range(seconds)}]))`;
    const [timely, due] = [increase("egx_bars_timely_total"), increase("egx_bars_expected_total")];
    return [
      record(`egx:bars_late:ratio${name}`, `1 - ${timely} / (${due} > 0)`),
      record(`egx:bars_late:minutes${name}`, `${due} - ${timely}`),
    ];
  });
  return [
    note,
    "# Every alert asks the calendar's metric: while the exchange is closed, nobody is woken.",
    "# What to do: docs/runbook.md.",
    "groups:",
    // One group: its rules are looked at one after the other, what is recorded first.
    "  - name: egx",
    `    interval: ${interval}`,
    "    rules:",
    ...records,
    ...alerts.map(([name, facts]) => alert(name, facts, times)),
    "",
  ].join("\n");
}

function record(name: string, expr: string): string {
  return [`      - record: ${name}`, "        expr: >-", `          ${expr}`].join("\n");
}

function alert(name: string, facts: AlertFacts, times: Times): string {
  const { severity, expr, forSeconds, summary, when = () => isOpen } = facts;
  return [
    `      - alert: ${name}`,
    "        expr: >-",
    `          (${expr(times)})`,
    `          and on() (${when(times)})`,
    `        for: ${times.range(forSeconds)}`,
    "        labels:",
    `          severity: ${severity}`,
    "        annotations:",
    `          summary: ${JSON.stringify(summary)}`,
    `          runbook: "docs/runbook.md#${name.toLowerCase()}"`,
  ].join("\n");
}

/** Alertmanager's configuration: one message for what belongs together, the cause alone. */
export function alertmanagerFile(): string {
  const inhibitions = alerts.map(([name, facts]) => inhibition(name, facts));
  return [
    note,
    "# Copy it and put your receiver in: the address below is a place-holder on this machine.",
    "route:",
    "  receiver: team",
    "  group_by: [severity]",
    "  group_wait: 15s",
    "  group_interval: 2m",
    "  repeat_interval: 4h",
    "# A cause silences its consequences.",
    "inhibit_rules:",
    ...inhibitions.filter((text) => text !== ""),
    "receivers:",
    "  - name: team",
    "    webhook_configs:",
    "      - url: http://127.0.0.1:9095/alerts",
    "",
  ].join("\n");
}

function inhibition(name: string, { silences = [], equal = [] }: AlertFacts): string {
  const [first, ...others] = silences;
  if (first === undefined) return "";
  const lines = [`  - source_matchers: [alertname = ${name}]`];
  if (others.length === 0) lines.push(`    target_matchers: [alertname = ${first}]`);
  else lines.push("    target_matchers:", `      - alertname =~ "${silences.join("|")}"`);
  if (equal.length > 0) lines.push(`    equal: [${equal.join(", ")}]`);
  return lines.join("\n");
}
