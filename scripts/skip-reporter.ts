/** A reporter of node:test that writes one JSON line for each skipped test. */
interface TestEvent {
  readonly type: string;
  readonly data: {
    readonly name?: string;
    readonly file?: string;
    readonly skip?: string | boolean;
  };
}

export default async function* skipReporter(
  events: AsyncIterable<TestEvent>,
): AsyncGenerator<string> {
  for await (const { type, data } of events) {
    if (type !== "test:pass" || data.skip === undefined || data.skip === false) continue;
    const reason = typeof data.skip === "string" ? data.skip : "no reason given";
    yield `${JSON.stringify({ name: data.name, reason })}\n`;
  }
}
