import type { CommandContext } from "../command.ts";
import { defaultDataFolder } from "../config/addresses.ts";
import type { UpConfig } from "../config/schemas.ts";
import type { FeedPlan } from "../feed-plan.ts";
import { found, refreshUniverse } from "../refresh-universe.ts";
import { readUniverse } from "../universe-file.ts";
import type { PipelineSchedule } from "./pipeline.ts";
import { fileMemory } from "./schedule-file.ts";

interface Place {
  readonly plan: FeedPlan;
  /** Where log and lake are; what the schedule remembers is kept beside them. */
  readonly folder: string;
}

/** The schedule of `egx up --schedule`: what it remembers, and how the universe is looked at. */
export async function planSchedule(
  config: UpConfig,
  context: CommandContext,
  { plan, folder }: Place,
): Promise<PipelineSchedule> {
  const universeFolder = config.data ?? defaultDataFolder;
  const reviewUniverse = async (signal: AbortSignal): Promise<string> => {
    const before = await readUniverse(universeFolder);
    // The screen has no place for lines of its own.
    const quiet = { ...config, json: true };
    return found(await refreshUniverse(quiet, { ...context, signal }, universeFolder), before);
  };
  return {
    memory: await fileMemory(folder),
    reviewUniverse: plan.feed.source === "tradingview" ? reviewUniverse : null,
  };
}
