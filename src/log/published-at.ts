import type { Log, ReadRequest } from "./log.ts";

/**
 * When the first record from the request's offset up to `end` was published; null when these
 * offsets carry none.
 */
export async function publishedMs(
  log: Log,
  request: ReadRequest,
  end: number,
): Promise<number | null> {
  for (let { offset } = request; offset < end;) {
    const { records, next } = await log.read({ ...request, offset, maxBytes: 1 });
    const [oldest] = records;
    if (oldest !== undefined) return oldest.timestampMs;
    if (next <= offset) return null;
    offset = next;
  }
  return null;
}
