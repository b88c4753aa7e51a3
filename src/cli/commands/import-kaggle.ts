import path from "node:path";
import { EgxError } from "../../base/errors.ts";
import { parseDataset } from "../../feeds/kaggle/dataset.ts";
import type { LoadOrigin } from "../../ledger/load-entry.ts";
import { importSet, type ImportSetSummary } from "../../loads/import-set.ts";
import type { LeftOut } from "../../loads/set-files.ts";
import { sourceKind } from "../../market/bar.ts";
import { makeScratchFolder } from "../../parquet/scratch-folder.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { CommandContext, CommandRun } from "../command.ts";
import { checkConflicts, lakeAddress } from "../config/addresses.ts";
import type { ImportKaggleConfig } from "../config/schemas.ts";
import { wishesOf } from "../import-wishes.ts";
import { logEvents } from "../output/event-log.ts";
import { startProgress } from "../output/progress.ts";
import { writeSummary, type Summary } from "../output/summary.ts";
import { rounded, silverIsNext } from "../producer-summary.ts";
import { checkReadable } from "../readable-file.ts";
import { openKaggle, openLake, processName, scratchFolder } from "../wiring.ts";

/** Files that the log names; the document of --json names all. */
const namedMax = 10;

/** An archive on this machine, and what is known of where it came from. */
interface Archive extends AsyncDisposable {
  readonly file: string;
  readonly source: string;
  readonly origin: LoadOrigin | null;
}

/** `egx import kaggle`: a data set of Kaggle's, or its zip archive, to batch/. */
export const importKaggle: CommandRun<ImportKaggleConfig> = async (config, context) => {
  const { origins, args, clock, random, signal, logger, out, err } = context;
  checkConflicts(origins);
  const [named = ""] = args;
  await using open = new AsyncDisposableStack();
  const archive = /\.zip$/i.test(named)
    ? await localArchive(named, config)
    : await fetchedArchive(named, config, context);
  open.use(archive);
  const address = lakeAddress(config, origins);
  const lake = open.adopt(await openLake(address, context, "create"), (it) => it.close());
  const progress = startProgress(err, "rows");
  const { file, source, origin } = archive;
  const summary = await importSet({
    path: file,
    wishes: wishesOf(config, source),
    ...(origin === null ? {} : { origin }),
    lake,
    writer: processName(),
    scratchFolder: scratchFolder(),
    clock,
    random,
    signal,
    events: logEvents(logger),
    onPlan: (name, { interval, context: { symbol, facts } }) =>
      logger.debug(`${name}: ${interval.name} bars of ${symbol || "several"}, ${facts.adjusted}`),
    onProgress: (rows) => progress.update(rows, null),
  }).finally(() => progress.stop());
  tell(summary, logger);
  await writeSummary(out, config.json, countsOf(summary, archive), ["ignored", "unwanted"]);
  return summary.leftOut.length > 0 ? 3 : 0;
};

/** @throws E_USAGE when nobody says what the archive is; E_FILE_MISSING. */
async function localArchive(file: string, { source }: ImportKaggleConfig): Promise<Archive> {
  if (source !== undefined && sourceKind(source) === "kaggle") {
    await checkReadable(file);
    return { file, source, origin: null, [Symbol.asyncDispose]: async () => undefined };
  }
  throw new EgxError("E_USAGE", `whose data set is ${path.basename(file)}?`, {
    hint: "Say it with --source kaggle:OWNER/DATASET.",
  });
}

/** Fetches a data set into a folder that is gone once it is imported. */
async function fetchedArchive(
  named: string,
  config: ImportKaggleConfig,
  { clock, random, signal, logger, err }: CommandContext,
): Promise<Archive> {
  const dataset = parseDataset(named);
  if (dataset === null) {
    throw new EgxError("E_USAGE", `${JSON.stringify(named)} is no data set and no .zip file`, {
      hint: "Name it as OWNER/DATASET: the end of the address of its page at Kaggle.",
    });
  }
  const { kaggleUrl: url, kaggleToken: token, kaggleUsername, kaggleKey: key } = config;
  const progress = startProgress(err, "bytes");
  await using made = new AsyncDisposableStack();
  made.defer(async () => progress.stop());
  const kaggle = await openKaggle({
    url,
    account: { token, username: kaggleUsername, key },
    clock,
    random,
    events: logEvents(logger),
    onProgress: (bytes, total) => progress.update(bytes, total),
  });
  const set = await kaggle.describe(dataset, signal);
  logger.info(
    `${dataset}: version ${set.version ?? "unknown"}, licence ${set.licence ?? "unknown"} by its ` +
      "page, which need not be that of the site the data is from",
  );
  const folder = await makeScratchFolder(scratchFolder(), "load");
  const kept = made.use(new AsyncDisposableStack());
  kept.use(folder);
  const file = path.join(folder.path, `${path.basename(dataset)}.zip`);
  await kaggle.download(set, file, signal);
  const ours = kept.move();
  return {
    file,
    source: config.source ?? `kaggle:${dataset}`,
    origin: { site: "kaggle", ...set },
    [Symbol.asyncDispose]: () => ours.disposeAsync(),
  };
}

function tell({ leftOut, loads }: ImportSetSummary, logger: Logger): void {
  for (const { file, error } of leftOut.slice(0, namedMax)) {
    logger.warn(`${file} is left out: ${error.message}`, { error });
  }
  const more = leftOut.length - namedMax;
  if (more > 0) logger.warn(`${more} more files are left out; --json names all`);
  const isNews = loads.some(({ added }) => added);
  logger.info(isNews ? silverIsNext : "these files were imported before: nothing is added");
}

function countsOf(
  { loads, files, leftOut, ignored, unwanted, seconds }: ImportSetSummary,
  { source, origin }: Archive,
): Summary {
  const entries = loads.map(({ entry }) => entry);
  const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);
  const bars = sum(entries.map(({ records }) => records));
  const repeated = sum(entries.map((entry) => entry.repeated));
  const rejected = new Map<string, number>();
  for (const [code, rows] of entries.flatMap((entry) => entry.rejected_codes)) {
    rejected.set(code, (rejected.get(code) ?? 0) + rows);
  }
  const refused = sum([...rejected.values()]);
  const symbols = new Set(entries.flatMap((entry) => entry.symbols.map(({ symbol }) => symbol)));
  return {
    source,
    version: origin?.version ?? null,
    licence: origin?.licence ?? null,
    files,
    leftOut: leftOutText(leftOut),
    ignored,
    loads: loads.map(({ load }) => load).join(" "),
    added: loads.some(({ added }) => added),
    rows: bars + repeated + refused + unwanted,
    bars,
    repeated,
    unwanted,
    rejected,
    symbols: symbols.size,
    objects: sum(entries.map(({ objects }) => objects.length)),
    seconds: rounded(seconds),
  };
}

function leftOutText(leftOut: readonly LeftOut[]): string | number {
  return leftOut.length === 0 ? 0 : leftOut.map(({ file }) => file).join(", ");
}
