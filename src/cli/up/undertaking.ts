import { isAbsolute, join } from "node:path";
import { EgxError } from "../../base/errors.ts";
import type { CommandContext } from "../command.ts";
import { defaultDataFolder } from "../config/addresses.ts";
import type { UpConfig } from "../config/schemas.ts";
import {
  namedFeed,
  newestBarsDefault,
  planFeed,
  reachTradingview,
  simulatorSpeed,
  type FeedPlan,
  type Pass,
} from "../feed-plan.ts";

/** What runs, and where. */
export interface Undertaking {
  readonly plan: FeedPlan;
  readonly folder: string;
  /** Whether the feed is followed as bars form, or read once from start to end. */
  readonly live: boolean;
  /** For people, before anything happens. */
  readonly heading: readonly string[];
}

/** @throws E_USAGE for what does not go together. */
export function checkAsked({ schedule, once }: UpConfig): void {
  if (!schedule || !once) return;
  throw new EgxError("E_USAGE", "--schedule goes on for ever; it does not go with --once");
}

/** Chooses feed and folder. Simulated bars get a folder of their own unless one is named. */
export async function undertake(config: UpConfig, context: CommandContext): Promise<Undertaking> {
  const { once, speed, data } = config;
  const named = namedFeed(config);
  const base = data ?? defaultDataFolder;
  const reached = named === null ? await reachLive(config, context) : null;
  const name = named ?? (reached instanceof EgxError ? "simulator" : "tradingview");
  const live = speed !== undefined || (name !== "recorded" && !once);
  const plan =
    reached === null || reached instanceof EgxError
      ? await planFeed(name, config, passOf(config, context, live))
      : reached;
  const demo = name === "simulator" && (named === null || data === undefined);
  const folder = demo ? join(base, "demo") : base;
  const heading = [
    ...(reached instanceof EgxError ? [`live feed: cannot be reached: ${reached.message}`] : []),
    showing(config, { plan, live }),
    `data in ${shownFolder(folder)}${once ? "" : "; Ctrl-C ends it"}`,
  ];
  return { plan, folder, live, heading };
}

/** What is shown, for people. */
function showing({ speed }: UpConfig, { plan, live }: Pick<Undertaking, "plan" | "live">): string {
  const { feed, kind, request } = plan;
  const bars = `${request.interval.name} bars`;
  if (feed.source === "tradingview") {
    const late = `${Math.round(feed.delaySeconds / 60)} min late`;
    return `${live ? "following" : "reading"} ${bars} of tradingview, ${late}`;
  }
  const pace = live ? `, ${speed ?? simulatorSpeed} x market pace` : "";
  return kind === "simulated"
    ? `showing simulated ${bars}${pace} (source: simulator)`
    : `showing ${bars} of ${feed.source}${pace}`;
}

/** The live feed, or why nobody can be shown it. */
async function reachLive(config: UpConfig, context: CommandContext): Promise<FeedPlan | EgxError> {
  return reachTradingview(config, passOf(config, context, !config.once), context.signal);
}

function passOf({ once }: UpConfig, { clock, random }: CommandContext, live: boolean): Pass {
  return { clock, random, live, once, newestBars: newestBarsDefault };
}

/** A folder as one would type it: `./data/demo`, or a path from the root. */
export function shownFolder(folder: string): string {
  return isAbsolute(folder) || folder.startsWith(".") ? folder : `./${folder}`;
}
