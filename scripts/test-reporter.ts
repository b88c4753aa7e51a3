/** A reporter of node:test for scripts/test.ts: a JSON line for each skipped test and each file. */
interface TestEvent {
  readonly type: string;
  readonly data: {
    readonly name?: string;
    readonly file?: string;
    readonly skip?: string | boolean;
    readonly duration_ms?: number;
  };
}

export default async function* testReporter(
  events: AsyncIterable<TestEvent>,
): AsyncGenerator<string> {
  for await (const { type, data } of events) {
    if (type === "test:pass" && data.skip !== undefined && data.skip !== false) {
      const reason = typeof data.skip === "string" ? data.skip : "no reason given";
      yield `${JSON.stringify({ name: data.name, reason })}\n`;
    }
    // The summary of all files together names none.
    if (type === "test:summary" && data.file !== undefined) {
      yield `${JSON.stringify({ file: data.file, milliseconds: data.duration_ms })}\n`;
    }
  }
}
