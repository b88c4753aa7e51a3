import type { ProducerSummary } from "../producer/options.ts";
import type { CommandContext } from "./command.ts";
import { totalOf, type Summary } from "./output/summary.ts";

/** What a producer did, for its closing summary: read is the sum of the next four. */
export function producerCounts(summary: ProducerSummary): Summary {
  const { read, published, unchanged, superseded, unsent } = summary;
  return {
    read,
    published,
    unchanged,
    superseded,
    unsent,
    rejected: summary.rejected,
    rejectedPublished: summary.rejectedPublished,
    rejectedBefore: totalOf(summary.rejected) - summary.rejectedPublished,
    symbolsFailed: summary.failedSymbols.size,
    gaps: summary.gaps,
    recordsPerSecond: Math.round(summary.recordsPerSecond),
    seconds: rounded(summary.seconds),
  };
}

/** What to do about history that was loaded. */
export const silverIsNext = "egx silver makes what was loaded ready for egx query";

/** Seconds to the millisecond. */
export function rounded(seconds: number): number {
  return Math.round(seconds * 1_000) / 1_000;
}

/** Names the symbols that could not be had; whether there are any. */
export function unavailable(
  { failedSymbols }: Pick<ProducerSummary, "failedSymbols">,
  { logger }: Pick<CommandContext, "logger">,
): boolean {
  for (const [symbol, error] of failedSymbols) {
    logger.error(`${symbol} could not be had`, { error });
  }
  return failedSymbols.size > 0;
}
