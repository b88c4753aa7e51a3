import type { Clock } from "../../base/clock.ts";
import type { FeedEvent } from "../../feeds/feed.ts";
import { parseInterval } from "../../market/interval.ts";
import type { CommandContext, CommandRun, Exit } from "../command.ts";
import type { CaptureConfig } from "../config/schemas.ts";
import type { Channel } from "../output/console.ts";
import { writeFileWhole } from "../output/file-channel.ts";
import { openTradingviewFeed } from "../wiring.ts";

/** `egx capture`: what goes over the live feed's sockets, as NDJSON without tokens. */
export const capture: CommandRun<CaptureConfig> = async (config, context) => {
  if (config.output === undefined) return record(config, context, context.out);
  return writeFileWhole(config.output, async (file) => record(config, context, file));
};

async function record(
  config: CaptureConfig,
  context: CommandContext,
  channel: Channel,
): Promise<Exit> {
  const { clock, random, logger } = context;
  const { symbols, interval = parseInterval("1m"), tradingviewUrl: url } = config;
  let lines = 0;
  let writing = Promise.resolve();
  const write = (line: string): void => {
    lines += 1;
    writing = writing.then(async () => channel.write(line));
    // Whoever awaits it below meets the failure.
    writing.catch(() => undefined);
  };
  await using open = new AsyncDisposableStack();
  const feed = await openTradingviewFeed({
    url,
    token: config.tradingviewToken,
    clock,
    random,
    capture: write,
  });
  open.adopt(feed, (it) => it.close());
  const over = timeUp(clock, config.captureMs, context.signal);
  let failed = 0;
  for await (const event of feed.live({ symbols, interval }, over)) {
    tell(event, context);
    if (event.kind === "symbol-failed") failed += 1;
  }
  await feed.close();
  await writing;
  logger.info(`${lines} messages recorded`);
  return failed > 0 ? 3 : 0;
}

/** A signal that aborts when `signal` does, or when the time is over. */
function timeUp(clock: Clock, ms: number | undefined, signal: AbortSignal): AbortSignal {
  if (ms === undefined) return signal;
  const over = new AbortController();
  clock.sleep(ms, signal).then(
    () => over.abort(),
    () => over.abort(),
  );
  return over.signal;
}

function tell(event: FeedEvent, { logger }: CommandContext): void {
  if (event.kind === "notice") logger.info(event.text);
  if (event.kind === "symbol-failed") {
    logger.warn(`${event.symbol} could not be had: ${event.error.message}`);
  }
}
