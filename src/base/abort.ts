/** `promise`, or the signal's reason thrown as soon as it aborts; `promise` itself goes on. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  // Nobody need be there when it fails after the signal did.
  promise.catch(() => undefined);
  try {
    signal.throwIfAborted();
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** Waits for `work`, but no longer than until the signal aborts; `work` itself goes on. */
export async function doneOrAborted(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  try {
    await orAborted(work, signal);
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
  }
}
