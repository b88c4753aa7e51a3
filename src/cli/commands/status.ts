import type { Calendar } from "../../market/calendar.ts";
import { LakeWatch } from "../../serve/lake-watch.ts";
import {
  answered,
  lagState,
  marketState,
  silverState,
  type StateReport,
} from "../../serve/state-report.ts";
import { statusLines, statusSummary, type Level } from "../../serve/status-lines.ts";
import { readCalendar } from "../calendar-source.ts";
import type { CommandContext, CommandRun } from "../command.ts";
import { checkConflicts, lakeAddress, logAddress } from "../config/addresses.ts";
import type { StatusConfig } from "../config/schemas.ts";
import type { Channel, Style } from "../output/console.ts";
import { Screen } from "../output/screen.ts";
import { pause } from "../pause.ts";
import { openLake, openLog, scratchFolder } from "../wiring.ts";

const watchEveryMs = 2_000;
const marks: Readonly<Record<Level, string>> = { bad: "BAD ", warn: "WARN", ok: "ok  " };
const styles: Readonly<Record<Level, Style>> = { bad: "red", warn: "yellow", ok: "green" };

/** `egx status`: where everything stands, worst first; nothing needs to run for it. */
export const status: CommandRun<StatusConfig> = async (config, context) => {
  checkConflicts(context.origins);
  const calendar = await readCalendar(config.calendar, context);
  const screen = new Screen(context.out);
  const inPlace = config.watch && context.out.isTerminal && !config.json;
  do {
    const report = await look(config, context, calendar);
    if (config.json) await context.out.write(`${JSON.stringify(report)}\n`);
    else if (inPlace) await screen.draw(shown(report, context.clock.nowMs(), null));
    else
      await context.out.write(`${shown(report, context.clock.nowMs(), context.out).join("\n")}\n`);
  } while (config.watch && (await pause(context.clock, watchEveryMs, context.signal)));
  return 0;
};

/** Opens log and lake anew each time: a watch sees them come and go. */
async function look(
  config: StatusConfig,
  context: CommandContext,
  calendar: Calendar,
): Promise<StateReport> {
  const { clock, origins } = context;
  const nowMs = clock.nowMs();
  await using open = new AsyncDisposableStack();
  const lake = await answered(async () =>
    open.adopt(await openLake(lakeAddress(config, origins), context, "read"), (it) => it.close()),
  );
  const log = await answered(async () =>
    open.adopt(await openLog(logAddress(config, origins), context, "read"), (it) => it.close()),
  );
  const stored = lake.ok ? lake.value : null;
  const { topic } = config;
  return {
    market: marketState(calendar, nowMs),
    lag: log.ok
      ? await answered(() => lagState({ log: log.value, topic, lake: stored, calendar, nowMs }))
      : log,
    lake: lake.ok
      ? await answered(() =>
          new LakeWatch({
            lake: lake.value,
            clock,
            scratchFolder: scratchFolder(),
            events: () => undefined,
          }).look(),
        )
      : lake,
    silver: lake.ok ? await answered(() => silverState(lake.value, calendar, nowMs)) : lake,
  };
}

/** A line each, then what to type; in colour where a channel is given that shows colours. */
function shown(report: StateReport, nowMs: number, out: Channel | null): readonly string[] {
  const lines = statusLines(report, nowMs);
  const width = Math.max(...lines.map(({ what }) => what.length));
  const rows = lines.map(({ level, what, text }) => {
    const mark = out === null ? marks[level] : out.paint(styles[level], marks[level]);
    return `${mark}  ${what.padEnd(width)}  ${text}`;
  });
  return [...rows, statusSummary(lines)];
}
