import { hasCode } from "../../base/errors.ts";
import type { Log } from "../../log/log.ts";
import { readCalendar } from "../calendar-source.ts";
import type { CommandContext, CommandRun } from "../command.ts";
import { checkConflicts, lakeAddress, logAddress } from "../config/addresses.ts";
import type { ServeConfig } from "../config/schemas.ts";
import { replayOf, showDashboard, startDashboard } from "../dashboard.ts";
import { startMonitoring } from "../monitoring.ts";
import { untilAborted } from "../signals.ts";
import { openLake, openLog } from "../wiring.ts";

/** `egx serve`: dashboard, API and metrics alone, beside whatever fills log and lake. */
export const serve: CommandRun<ServeConfig> = async (config, context) => {
  const { origins, signal, err, out } = context;
  checkConflicts(origins);
  await using open = new AsyncDisposableStack();
  const calendar = await readCalendar(config.calendar, context);
  const lakeAt = lakeAddress(config, origins);
  const lake = open.adopt(await openLake(lakeAt, context, "read"), (it) => it.close());
  const log = await openLogIfAny(config, context);
  open.defer(async () => log?.close());
  const { topic } = config;
  const monitoring = await startMonitoring(
    {
      port: undefined,
      host: config.host,
      always: true,
      stages: [],
      followed: null,
      flushIntervalMs: 0,
      calendarPath: config.calendar,
    },
    context,
  );
  open.defer(async () => monitoring?.close());
  const dashboard = open.adopt(await startDashboard(config, context), (it) => it.close());
  const backend = dashboard.attach({
    lake,
    log,
    topic,
    calendar,
    feed: null,
    stages: [],
    replay: log === null ? null : replayOf({ log, lake, topic }, context),
    metrics: monitoring?.source ?? null,
  });
  monitoring?.monitor.watchLake(lake, backend.sink);
  if (log !== null) monitoring?.monitor.watchLog(log, topic, backend.sink);
  if (config.json) await out.write(`${JSON.stringify({ url: dashboard.url })}\n`);
  await showDashboard(dashboard, config, context);
  if (!config.json) await err.write(`${dashboard.told}; Ctrl-C ends it\n`);
  await untilAborted(signal);
  return 0;
};

/** A lake can be looked at without a log: nothing is live then. */
async function openLogIfAny(config: ServeConfig, context: CommandContext): Promise<Log | null> {
  const address = logAddress(config, context.origins);
  try {
    return await openLog(address, context, "read");
  } catch (error) {
    if (!hasCode(error, "E_LOG_FOLDER") || context.origins.get("log") !== "default") throw error;
    context.logger.info(`${error.message}: no bars are live`);
    return null;
  }
}
