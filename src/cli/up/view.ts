import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../log/log.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { Channel } from "../output/console.ts";
import { Screen } from "../output/screen.ts";
import { pause } from "../pause.ts";
import type { PipelineStatus } from "./status.ts";

export interface ViewOptions {
  readonly err: Channel;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Stays above the status. */
  readonly heading: readonly string[];
  readonly status: PipelineStatus;
  readonly log: Log;
  readonly topic: string;
  /** Machines read standard error too: lines become log lines. */
  readonly json: boolean;
  /** Aborts when the pipeline was asked to end. */
  readonly interrupted: AbortSignal;
}

const stoppingText = "stopping: storing what is held (Ctrl-C again ends at once)";

const screenEveryMs = 1_000;
const lineEveryMs = 10_000;

/**
 * Keeps the state of the pipeline in sight until `ended` aborts: one screen that is drawn again in
 * place on a terminal, else one line every ten seconds. An interrupt is told at once.
 */
export async function showStatus(options: ViewOptions, ended: AbortSignal): Promise<void> {
  const { err, status, log, topic, clock, interrupted } = options;
  const onScreen = err.isTerminal && !options.json;
  const screen = new Screen(err);
  const everyMs = onScreen ? screenEveryMs : lineEveryMs;
  let told = false;
  for (;;) {
    if (onScreen) {
      await status.refresh(log, topic);
      const last = interrupted.aborted ? [stoppingText] : [];
      await screen.draw([...options.heading, ...factLines(status), ...last]);
    } else if (interrupted.aborted && !told) {
      await err.write(`${stoppingText}\n`);
    }
    told = interrupted.aborted;
    const wake = told ? ended : AbortSignal.any([ended, interrupted]);
    const passed = await pause(clock, everyMs, wake);
    if (ended.aborted) return;
    if (!passed || onScreen) continue;
    await status.refresh(log, topic);
    await writeLine(options);
  }
}

async function writeLine({ err, logger, status, json }: ViewOptions): Promise<void> {
  const facts = status.facts();
  if (json) logger.info("status", Object.fromEntries(facts));
  else await err.write(`${facts.map(([label, value]) => `${label}: ${value}`).join("; ")}\n`);
}

function factLines(status: PipelineStatus): readonly string[] {
  const facts = status.facts();
  const width = Math.max(...facts.map(([label]) => label.length));
  return facts.map(([label, value]) => `  ${label.padEnd(width)}  ${value}`);
}
