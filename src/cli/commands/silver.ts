import { hasCode } from "../../base/errors.ts";
import { buildSilver, type SilverOptions, type SilverSummary } from "../../silver/build.ts";
import { runSparkJob } from "../../silver/spark-job.ts";
import { readCalendar } from "../calendar-source.ts";
import type { CommandContext, CommandRun } from "../command.ts";
import { checkConflicts, lakeAddress, type LakeAddress } from "../config/addresses.ts";
import type { SilverConfig } from "../config/schemas.ts";
import { logEvents } from "../output/event-log.ts";
import { writeSummary } from "../output/summary.ts";
import { rounded } from "../producer-summary.ts";
import { sparkCommand } from "../spark-engine.ts";
import { lakeKeys, openLake, scratchFolder } from "../wiring.ts";

/** `egx silver`: what the ledger has that silver has not. */
export const silver: CommandRun<SilverConfig> = async (config, context) => {
  const { origins, clock, random, signal, logger, out } = context;
  checkConflicts(origins);
  await using open = new AsyncDisposableStack();
  const address = lakeAddress(config, origins);
  const lake = open.adopt(await openLake(address, context, "read"), (it) => it.close());
  try {
    const options: SilverOptions = {
      lake,
      scratchFolder: scratchFolder(),
      rebuild: config.rebuild,
      rank: {
        ...(config.sourceRank === undefined ? {} : { sources: config.sourceRank }),
        ...(config.adjustedRank === undefined ? {} : { adjusted: config.adjustedRank }),
      },
      calendar: await readCalendar(config.calendar),
      clock,
      random,
      signal,
      events: logEvents(logger),
    };
    const bySpark = config.engine === "spark";
    const summary = bySpark
      ? await buildBySpark(config, context, { address, options })
      : await buildSilver(options);
    const { damaged, seconds, ...counts } = summary;
    for (const key of damaged) logger.warn(`${key} was damaged, and is whole again`);
    const mended = damaged.length;
    const told = { ...counts, mended, seconds: rounded(seconds) };
    await writeSummary(out, config.json, told, ["rebuilt", "mended"]);
  } catch (error) {
    // A build that was interrupted leaves silver as it was; the next one comes to the same rows.
    if (!signal.aborted || !hasCode(error, "E_ABORTED")) throw error;
    logger.info("stopped; silver is as it was");
  }
  return 0;
};

/** Spark makes bars and revisions; symbols and sessions, which follow from them, are made here. */
async function buildBySpark(
  config: SilverConfig,
  { environment, signal, logger, clock }: CommandContext,
  { address, options }: { readonly address: LakeAddress; readonly options: SilverOptions },
): Promise<SilverSummary> {
  const startMs = clock.monotonicMs();
  const { rebuild, sparkSubmit: submit } = config;
  const keys = lakeKeys(address, environment);
  const job = await runSparkJob({
    ...sparkCommand({ address, rebuild, submit, keys, environment }),
    signal,
    onBatch: ({ entries, rows }) => logger.info(`${entries} entries, ${rows} rows taken in`),
  });
  if (job.bad_lines > 0) {
    logger.warn(`${job.bad_lines} stored lines are no bars: they are in silver/bad_lines.parquet`);
  }
  const facts = await buildSilver({ ...options, rebuild: false, factsOnly: true });
  const { entries, rows, rebuilt } = job;
  const objects = job.objects + facts.objects;
  const seconds = (clock.monotonicMs() - startMs) / 1000;
  return { ...facts, entries, rows, rebuilt, objects, seconds };
}
