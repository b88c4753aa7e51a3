import { SingleBar } from "cli-progress";
import process from "node:process";
import { durationText } from "../../serve/status-lines.ts";
import type { Channel } from "./console.ts";
import { count } from "./summary.ts";

/** How far a piece of work has come. */
export interface Progress {
  /** `total` is null while it is not known. */
  update(done: number, total: number | null): void;
  /** Removes the bar. */
  stop(): void;
}

const barWidth = 24;

/** A bar on standard error when that is a terminal; nothing in a pipe. */
export function startProgress(channel: Channel, label: string): Progress {
  if (!channel.isTerminal) return { update: () => undefined, stop: () => undefined };
  let total: number | null = null;
  const bar = new SingleBar({
    stream: process.stderr,
    format: (_options, { value, eta }) => `${label} ${progressText(value, total, eta)}`,
    hideCursor: true,
    clearOnComplete: true,
    fps: 4,
  });
  bar.start(0, 0);
  return {
    update: (done, known) => {
      total = known;
      bar.setTotal(Math.max(known ?? 0, done));
      bar.update(done);
    },
    stop: () => bar.stop(),
  };
}

/**
 * How far it is, with a bar where the end is known; without that, the count alone.
 * @param etaSeconds not finite while nobody can tell
 */
export function progressText(done: number, total: number | null, etaSeconds: number): string {
  if (total === null || total === 0) return count(done);
  const share = Math.min(1, done / total);
  const full = Math.floor(share * barWidth);
  const bar = "█".repeat(full) + "░".repeat(barWidth - full);
  const left = Number.isFinite(etaSeconds) && done > 0 ? `  ${durationText(etaSeconds)} left` : "";
  return `${bar} ${count(done)}/${count(total)}  ${Math.floor(share * 100)}%${left}`;
}
