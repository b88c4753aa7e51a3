import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";

import type { Log } from "../../src/log/log.ts";
import type { LogCase } from "./log-case.ts";
import { groupCases } from "./log-groups.ts";
import { readCases } from "./log-reads.ts";
import { topicCases } from "./log-topics.ts";
import { writeCases } from "./log-writes.ts";

export interface LogContractOptions {
  /**
   * Opens another client of the one log that the suite is about, as another process would. The
   * suite closes it. Retention must act within seconds there.
   */
  readonly open: (t: TestContext) => Promise<Log>;
  /** The largest record that the log takes, in bytes of key, value and headers. */
  readonly recordBytesMax: number;
  /** Cases that cannot apply, by name, with the reason. */
  readonly skip?: Readonly<Record<string, string>>;
}

const cases: readonly LogCase[] = [...topicCases, ...writeCases, ...readCases, ...groupCases];

/** Runs every sentence of the port `src/log/log.ts` as a test against an adapter. */
export function logContract(name: string, options: LogContractOptions): void {
  const skip = options.skip ?? {};
  const known = new Set(cases.map((each) => each.name));
  for (const skipped of Object.keys(skip)) {
    assert.ok(known.has(skipped), `there is no case named ${skipped}`);
  }
  for (const { name: caseName, run } of cases) {
    test(`${name}: ${caseName}`, { skip: skip[caseName] ?? false }, async (t) => {
      const open = async (): Promise<Log> => {
        const log = await options.open(t);
        t.after(() => log.close());
        return log;
      };
      await run({ open, recordBytesMax: options.recordBytesMax });
    });
  }
}
