import { SingleBar } from "cli-progress";
import process from "node:process";
import type { Channel } from "./console.ts";

/** How far a piece of work has come. */
export interface Progress {
  /** `total` is null while it is not known. */
  update(done: number, total: number | null): void;
  /** Removes the bar. */
  stop(): void;
}

/** A bar on standard error when that is a terminal; nothing in a pipe. */
export function startProgress(channel: Channel, label: string): Progress {
  if (!channel.isTerminal) return { update: () => undefined, stop: () => undefined };
  const bar = new SingleBar({
    stream: process.stderr,
    format: `${label} {bar} {value}/{total}  {percentage}%  ETA {eta_formatted}`,
    barCompleteChar: "█",
    barIncompleteChar: "░",
    hideCursor: true,
    clearOnComplete: true,
    fps: 4,
  });
  bar.start(0, 0);
  return {
    update: (done, total) => {
      bar.setTotal(Math.max(total ?? 0, done));
      bar.update(done);
    },
    stop: () => bar.stop(),
  };
}
