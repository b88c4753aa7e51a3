import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { textOf, utf8 } from "../../src/base/bytes.ts";
import { hasCode } from "../../src/base/errors.ts";
import type { Lake, ListedObject, ListOptions } from "../../src/lake/lake.ts";

export interface LakeContract {
  /** An empty lake of its own for the test; what it holds is released by `t.after`. */
  readonly open: (t: TestContext) => Promise<Lake>;
  /** Another opening of the same lake, as a second process would have it. */
  readonly openSecond: (t: TestContext, first: Lake) => Promise<Lake>;
  /** Whether `sha256` given to put comes back. */
  readonly keepsMetadata: boolean;
  /** Cases that cannot hold here, by their title, each with the reason. */
  readonly skip?: Readonly<Record<string, string>>;
}

/** A sentence of the port, and what shows it. */
export type NamedCase = readonly [
  title: string,
  run: (contract: LakeContract, t: TestContext) => Promise<void>,
];

/** The text of an object that must be there. */
export async function read(lake: Lake, key: string): Promise<string> {
  const stored = await lake.get(key);
  assert.ok(stored !== null, `${key} is not there`);
  return textOf(stored.body);
}

/** The whole listing. */
export async function listed(
  lake: Lake,
  prefix: string,
  options: ListOptions = {},
): Promise<readonly ListedObject[]> {
  return Array.fromAsync(lake.list(prefix, options));
}

/** The keys of the whole listing. */
export async function keysOf(
  lake: Lake,
  prefix = "",
  options: ListOptions = {},
): Promise<readonly string[]> {
  return (await listed(lake, prefix, options)).map(({ key }) => key);
}

/** Puts objects of a few bytes, as many at once as the lake says is worth having. */
export async function putAll(lake: Lake, all: readonly string[]): Promise<void> {
  const rest = all.values();
  const worker = async (): Promise<void> => {
    for (const key of rest) await lake.put(key, utf8(key));
  };
  await Promise.all(Array.from({ length: lake.concurrency }, worker));
}

/** For assert.rejects: whether an error carries one of `codes`. */
export function isCode(...codes: Parameters<typeof hasCode>[1][]): (error: unknown) => boolean {
  return (error) => hasCode(error, ...codes);
}
