import { basename } from "node:path";
import { importCompanies as importInto } from "../../loads/import-companies.ts";
import type { CommandRun } from "../command.ts";
import { checkConflicts, lakeAddress } from "../config/addresses.ts";
import type { ImportCompaniesConfig } from "../config/schemas.ts";
import { logEvents } from "../output/event-log.ts";
import { writeSummary } from "../output/summary.ts";
import { checkReadable } from "../readable-file.ts";
import { openLake, processName } from "../wiring.ts";

/** Lines that the log names. */
const namedMax = 10;

/** `egx import companies`: what a CSV file says of companies, for silver's `symbols`. */
export const importCompanies: CommandRun<ImportCompaniesConfig> = async (config, context) => {
  const { origins, args, clock, random, signal, logger, out } = context;
  checkConflicts(origins);
  const [path = ""] = args;
  await checkReadable(path);
  await using open = new AsyncDisposableStack();
  const address = lakeAddress(config, origins);
  const lake = open.adopt(await openLake(address, context, "create"), (it) => it.close());
  const store = { lake, writer: processName(), clock, random, signal };
  const summary = await importInto({ ...store, events: logEvents(logger) }, path);
  const { companies, changed, refused } = summary;
  for (const { line, reason } of refused.slice(0, namedMax)) {
    logger.warn(`line ${line} is not taken: ${reason}`);
  }
  const more = refused.length - namedMax;
  if (more > 0) logger.warn(`${more} more lines are not taken`);
  logger.info(
    changed ? "egx silver puts them into symbols" : "the lake knew all of it: nothing is changed",
  );
  const counts = { file: basename(path), companies, changed, refused: refused.length };
  await writeSummary(out, config.json, counts);
  return refused.length > 0 ? 3 : 0;
};
