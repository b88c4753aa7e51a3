import { basename } from "node:path";
import { EgxError } from "../../base/errors.ts";
import type { ImportOptions, ImportSummary } from "../../loads/import-file.ts";
import { importFile } from "../../loads/import-file.ts";
import type { ImportPlan } from "../../loads/import-plan.ts";
import type { CommandContext, CommandRun, Exit } from "../command.ts";
import { checkConflicts, lakeAddress } from "../config/addresses.ts";
import type { ImportConfig } from "../config/schemas.ts";
import { answerTo, canAsk } from "../import-questions.ts";
import { wishesOf } from "../import-wishes.ts";
import { logEvents } from "../output/event-log.ts";
import { startProgress, type Progress } from "../output/progress.ts";
import { writeSummary, type Summary } from "../output/summary.ts";
import { rounded, silverIsNext } from "../producer-summary.ts";
import { checkReadable } from "../readable-file.ts";
import { openLake, processName, scratchFolder } from "../wiring.ts";

/** `egx import csv`: someone's CSV file to batch/. */
export const importCsv: CommandRun<ImportConfig> = (config, context) =>
  runImport("csv", config, context);

/** `egx import parquet`: someone's Parquet file to batch/. */
export const importParquet: CommandRun<ImportConfig> = (config, context) =>
  runImport("parquet", config, context);

async function runImport(
  form: "csv" | "parquet",
  config: ImportConfig,
  context: CommandContext,
): Promise<Exit> {
  const { origins, args, clock, random, signal, logger, out, err } = context;
  checkConflicts(origins);
  const [path = ""] = args;
  await checkReadable(path);
  await using open = new AsyncDisposableStack();
  const address = lakeAddress(config, origins);
  const lake = open.adopt(await openLake(address, context, "create"), (it) => it.close());
  // A bar that is drawn from the start would stand in the way of questions.
  let progress: Progress | null = null;
  const summary = await importAsking(
    {
      form,
      path,
      wishes: wishesOf(config, sourceOf(config, path)),
      lake,
      writer: processName(),
      scratchFolder: scratchFolder(),
      clock,
      random,
      signal,
      events: logEvents(logger),
      onPlan: (plan) => logger.info(planText(basename(path), plan)),
      onProgress: (rows) => (progress ??= startProgress(err, "rows")).update(rows, null),
    },
    config.json ? null : context,
  ).finally(() => progress?.stop());
  const news = summary.added
    ? silverIsNext
    : `${basename(path)} was imported before: nothing is added`;
  logger.info(news);
  await writeSummary(out, config.json, countsOf(summary, basename(path)));
  return 0;
}

/** Asks on a terminal for what the file does not show, one thing after the other. */
async function importAsking(
  options: ImportOptions,
  context: CommandContext | null,
): Promise<ImportSummary> {
  let { wishes } = options;
  for (;;) {
    try {
      return await importFile({ ...options, wishes });
    } catch (error) {
      const asked = error instanceof EgxError && typeof error.details["question"] === "string";
      if (!asked || context === null || !canAsk(context)) throw error;
      wishes = await answerTo(error, wishes, context);
    }
  }
}

/** `csv:` and the file's name without its ending, when nobody says it. */
function sourceOf({ source }: ImportConfig, path: string): string {
  return source ?? `csv:${basename(path).replace(/\.(?:csv|parquet|txt)(?:\.gz)?$/i, "")}`;
}

function planText(file: string, plan: ImportPlan): string {
  const { named, interval, inferred, decimalComma, context } = plan;
  const columns = named.map(([field, column]) => `${field}=${column}`).join(",");
  const length = inferred ? `its rows look like ${interval.name} bars` : `${interval.name} bars`;
  const whose = context.symbol === "" ? "" : ` of ${context.symbol}`;
  const comma = decimalComma ? "; numbers have a decimal comma" : "";
  return `${file}: ${length}${whose}; columns are read as --map "${columns}"${comma}`;
}

function countsOf(summary: ImportSummary, file: string): Summary {
  const { load, entry, added, unwanted, seconds } = summary;
  const refused = entry.rejected?.records ?? 0;
  return {
    file,
    source: entry.source,
    interval: entry.interval,
    load,
    added,
    rows: entry.records + entry.repeated + refused + unwanted,
    bars: entry.records,
    repeated: entry.repeated,
    unwanted,
    rejected: new Map(entry.rejected_codes),
    symbols: entry.symbols.length,
    objects: entry.objects.length,
    bytes: entry.objects.reduce((sum, object) => sum + object.bytes, 0),
    seconds: rounded(seconds),
  };
}
