import process from "node:process";
import { EgxError } from "../base/errors.ts";

export interface Interrupts {
  /** Aborts at the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** Whether one came. */
  interrupted(): boolean;
  /** Stops listening. */
  dispose(): void;
}

/** How long an orderly end may take; what cannot be stored in it is left to the next start. */
export const stopTimeoutMs = 10_000;

const exitCode = 130;

/**
 * Listens for SIGINT and SIGTERM. The first one asks for an orderly end and calls `told`; the
 * second one ends the process at once, and so does the first one when `told` is null.
 */
export function watchInterrupts(told: (() => void) | null): Interrupts {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (told === null || controller.signal.aborted) process.exit(exitCode);
    told();
    controller.abort(new EgxError("E_ABORTED", "stopped by a signal"));
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return {
    signal: controller.signal,
    interrupted: () => controller.signal.aborted,
    dispose: () => {
      process.off("SIGINT", onSignal);
      process.off("SIGTERM", onSignal);
    },
  };
}

/** Resolves when the signal aborts. */
export async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/**
 * What `work` gives; `none` when an interrupt came so early that it had not begun.
 */
export async function unlessInterrupted<T>(
  signal: AbortSignal,
  work: () => Promise<T>,
  none: () => T,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (signal.aborted && error === signal.reason) return none();
    throw error;
  }
}
