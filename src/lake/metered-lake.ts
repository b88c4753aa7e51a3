import type { Clock } from "../base/clock.ts";
import { toEgxError } from "../base/errors.ts";
import type { EventSink, LakeOperation } from "../telemetry/events.ts";
import type { Lake, ListedObject } from "./lake.ts";

/** The same lake, whose calls are measured: how long each took and how it ended. */
export function meteredLake(lake: Lake, clock: Clock, events: EventSink): Lake {
  const measure = async <T>(
    operation: LakeOperation,
    run: () => Promise<T>,
    outcomeOf: (result: T) => string = () => "ok",
  ): Promise<T> => {
    const startedMs = clock.monotonicMs();
    const tell = (outcome: string): void => {
      const seconds = (clock.monotonicMs() - startedMs) / 1000;
      events({ kind: "lake-call", operation, outcome, seconds });
    };
    try {
      const result = await run();
      tell(outcomeOf(result));
      return result;
    } catch (error) {
      tell(toEgxError(error).code);
      throw error;
    }
  };
  const found = (result: unknown): string => (result === null ? "absent" : "ok");
  return {
    url: lake.url,
    concurrency: lake.concurrency,
    put: async (key, body, metadata) => measure("put", () => lake.put(key, body, metadata)),
    create: async (key, body) =>
      measure(
        "create",
        () => lake.create(key, body),
        (answer) => (answer === "exists" ? answer : "ok"),
      ),
    replace: async (key, body, expected) =>
      measure(
        "replace",
        () => lake.replace(key, body, expected),
        (answer) => (answer === "changed" ? answer : "ok"),
      ),
    head: async (key) => measure("head", () => lake.head(key), found),
    get: async (key) => measure("get", () => lake.get(key), found),
    getRange: async (key, first, last) =>
      measure("get-range", () => lake.getRange(key, first, last), found),
    list: (prefix, options) => measuredList(lake.list(prefix, options), clock, events),
    delete: async (key) => measure("delete", () => lake.delete(key)),
    localPath: (key) => lake.localPath(key),
    close: async () => lake.close(),
  };
}

/** One listing is one call, however many requests it takes. */
async function* measuredList(
  objects: AsyncIterable<ListedObject>,
  clock: Clock,
  events: EventSink,
): AsyncGenerator<ListedObject> {
  let lakeMs = 0;
  let outcome = "ok";
  // Time in which the caller has an object is not the lake's.
  let askedMs = clock.monotonicMs();
  try {
    for await (const object of objects) {
      lakeMs += clock.monotonicMs() - askedMs;
      yield object;
      askedMs = clock.monotonicMs();
    }
    lakeMs += clock.monotonicMs() - askedMs;
  } catch (error) {
    outcome = toEgxError(error).code;
    throw error;
  } finally {
    events({ kind: "lake-call", operation: "list", outcome, seconds: lakeMs / 1000 });
  }
}
