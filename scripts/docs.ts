/**
 * Writes the pages that are made from the source: `npm run docs [-- --check]`.
 *
 * docs/cli.md (commands and settings), docs/errors.md (the code table), docs/metrics.md (the table
 * of metrics), the seeds of warehouse/, and what spark/ has to know of the source (spark-facts.ts).
 * `--check` writes nothing and fails when a page is not as the source has it.
 */
import type { ErrorCodeEntry } from "../src/base/codes/entry.ts";
import { errorCodes } from "../src/base/error-codes.ts";
import { commands } from "../src/cli/commands.ts";
import type { Command } from "../src/cli/command.ts";
import { factsOf, settingNames, type SettingName } from "../src/cli/config/settings.ts";
import type { MetricFacts } from "../src/telemetry/metric-facts.ts";
import { metricTable } from "../src/telemetry/metric-table.ts";
import { writeGenerated } from "./generated-files.ts";
import { warehouseSeeds } from "./warehouse-seeds.ts";
import { sparkCalendarFile, sparkReleaseFile } from "./spark-facts.ts";

const note = "<!-- Made by `npm run docs` from the source: edit that, not this page. -->";

const pages: Readonly<Record<string, string>> = {
  "docs/cli.md": cliPage(),
  "docs/errors.md": errorsPage(),
  "docs/metrics.md": metricsPage(),
  ...warehouseSeeds,
  "spark/egx_silver/release.json": sparkReleaseFile(),
  "spark/egx_silver/calendar.csv": sparkCalendarFile(),
};

writeGenerated(pages, "is not as the source has it: npm run docs");

function cliPage(): string {
  return `${[
    "# The command line",
    note,
    "`egx <command>`; in a clone `npx egx …`, and `npm start -- …` is `egx up …`. A flag goes " +
      "before the environment, that before the default. Durations are in seconds, sizes in bytes.",
    "Standard output is data and nothing else; notices, progress and errors go to standard error. " +
      "With `--json` the result is one JSON document on standard output, notices are JSON lines " +
      'and an error is one line `{"error": {code, message, cause, hint, retryable, exitCode, ' +
      "details}}` on standard error. Colours are shown on a terminal alone; `NO_COLOR` and " +
      "`FORCE_COLOR` decide first.",
    "## Commands",
    table(
      ["command", "does"],
      commands.map((command) => [
        `[\`egx ${command.name}\`](#egx-${anchor(command)})`,
        command.summary,
      ]),
    ),
    "## Exit codes",
    table(
      ["code", "meaning"],
      [
        ["0", "Done. So is an end that was asked for by SIGINT or SIGTERM."],
        ["1", "Failed, or `verify` found damage."],
        ["3", "Done, but some of what was asked for could not be had; it is named."],
        ["64", "Bad arguments; the nearest valid choice is named."],
        ["78", "The set-up is wrong; the hint says what to do."],
        [
          "130",
          "Stopped at once: by a second Ctrl-C, or by the first where half of the work is nothing (a query, an import).",
        ],
      ],
    ),
    ...commands.map(commandSection),
    "## Settings",
    settingsTable(),
  ].join("\n\n")}\n`;
}

function commandSection(command: Command): string {
  const parts = [`## egx ${command.name}`, `${command.summary}.`];
  if (command.notes !== undefined) parts.push(command.notes);
  parts.push(["```sh", ...command.examples, "```"].join("\n"));
  for (const { name, meaning } of command.args ?? []) parts.push(`\`${name}\`: ${meaning}.`);
  const flags = command.settings.flatMap((name) => factsOf(name).flags.slice(0, 1));
  parts.push(`Flags: ${flags.map((flag) => `\`${flag}\``).join(" ")}`);
  return parts.join("\n\n");
}

function settingsTable(): string {
  return table(
    ["flag", "environment", "default", "unit", "meaning", "commands"],
    settingNames.map((name) => {
      const { flags, argument, env, fallback, fallbackNote, unit, meaning } = factsOf(name);
      const spelt = flags.map((flag) => `\`${flag}\``).join(" ");
      return [
        argument === null ? spelt : `${spelt} \`<${argument}>\``,
        env === null ? "" : `\`${env}\``,
        fallbackNote ?? (fallback === "false" ? "off" : (fallback ?? "")),
        unit ?? "",
        meaning,
        usersOf(name),
      ];
    }),
  );
}

function usersOf(name: SettingName): string {
  const users = commands.filter(({ settings }) => settings.includes(name));
  if (users.length === commands.length) return "all";
  return users.map((command) => command.name).join(", ");
}

function errorsPage(): string {
  const codes: readonly (readonly [string, ErrorCodeEntry])[] = Object.entries(errorCodes);
  return `${[
    "# Error codes",
    note,
    'Every failure carries one of these codes. "Again" says whether the same call may succeed ' +
      'later without anybody mending anything; "exit" is the exit code of a command that ends ' +
      "with it. Codes that begin with E_MESSAGE and E_BAR make dead letters and end nothing.",
    table(
      ["code", "meaning", "what to do", "again", "exit"],
      codes.map(([code, { meaning, hint, retryable, exit }]) => [
        `\`${code}\``,
        meaning,
        hint,
        retryable ? "yes" : "no",
        String(exit),
      ]),
    ),
  ].join("\n\n")}\n`;
}

function metricsPage(): string {
  const metrics: readonly (readonly [string, MetricFacts])[] = Object.entries(metricTable);
  return `${[
    "# Metrics",
    note,
    "Every long-running command serves these at `/metrics` when it is given `--metrics-port` " +
      "(`EGX_METRICS_PORT`), for Prometheus and, to who asks for it, as OpenMetrics. It listens on " +
      "127.0.0.1 unless `--metrics-host` says otherwise. A process exports what its stages tell: a producer has no lag, a consumer " +
      "no feed. Beside it, `/livez` says that the process runs, and `/readyz` whether it does its " +
      "work, or in words why not.",
    "Market seconds count only from a session's opening to its close, by the calendar: over a " +
      "night or a holiday nothing grows old. Alerts that rest on these metrics are in " +
      "[deploy/prometheus](../deploy/prometheus/rules.yml), what to do then in [the runbook](runbook.md).",
    table(
      ["metric", "type", "unit", "labels", "meaning"],
      metrics.map(([name, { type, unit, labels, meaning }]) => [
        `\`${name}\``,
        type,
        unit,
        Object.entries(labels)
          .map(([label, values]) => {
            const shown = typeof values === "string" ? values : values.join(", ");
            return `\`${label}\`: ${shown}`;
          })
          .join("; "),
        meaning,
      ]),
    ),
  ].join("\n\n")}\n`;
}

function anchor({ name }: Command): string {
  return name.replaceAll(" ", "-");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
