import { hasCode } from "../../base/errors.ts";
import { buildSilver } from "../../silver/build.ts";
import { readCalendar } from "../calendar-source.ts";
import type { CommandRun } from "../command.ts";
import { checkConflicts, lakeAddress } from "../config/addresses.ts";
import type { SilverConfig } from "../config/schemas.ts";
import { logEvents } from "../output/event-log.ts";
import { writeSummary } from "../output/summary.ts";
import { rounded } from "../producer-summary.ts";
import { openLake, scratchFolder } from "../wiring.ts";

/** `egx silver`: what the ledger has that silver has not. */
export const silver: CommandRun<SilverConfig> = async (config, context) => {
  const { origins, clock, random, signal, logger, out } = context;
  checkConflicts(origins);
  await using open = new AsyncDisposableStack();
  const address = lakeAddress(config, origins);
  const lake = open.adopt(await openLake(address, context, "read"), (it) => it.close());
  try {
    const summary = await buildSilver({
      lake,
      scratchFolder: scratchFolder(),
      rebuild: config.rebuild,
      calendar: await readCalendar(config.calendar),
      clock,
      random,
      signal,
      events: logEvents(logger),
    });
    const { damaged, seconds, ...counts } = summary;
    for (const key of damaged) logger.warn(`${key} was damaged, and is whole again`);
    const mended = damaged.length;
    await writeSummary(out, config.json, { ...counts, mended, seconds: rounded(seconds) });
  } catch (error) {
    // A build that was interrupted leaves silver as it was; the next one comes to the same rows.
    if (!signal.aborted || !hasCode(error, "E_ABORTED")) throw error;
    logger.info("stopped; silver is as it was");
  }
  return 0;
};
