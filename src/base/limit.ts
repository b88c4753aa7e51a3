import pLimit from "p-limit";

/** Runs functions, never more than a fixed number of them at once, in the order they came. */
export interface Limit {
  <T>(operation: () => Promise<T>): Promise<T>;
}

/** A limit to be shared by all who use one resource. */
export function limitTo(concurrency: number): Limit {
  const limit = pLimit(concurrency);
  return (operation) => limit(operation);
}

/**
 * Runs `operation` on every item within `limit` and waits for all; when some fail, the others
 * still end before the first failure is thrown.
 */
export async function forEachWithin<T>(
  limit: Limit,
  items: Iterable<T>,
  operation: (item: T) => Promise<void>,
): Promise<void> {
  const results = await Promise.allSettled(
    Array.from(items, (item) => limit(() => operation(item))),
  );
  for (const result of results) if (result.status === "rejected") throw result.reason;
}
