import { sha256Hex } from "../base/bytes.ts";
import type { Lake } from "../lake/lake.ts";
import { type BuiltState, type ObjectFacts, readState } from "./built-state.ts";
import { builtKey, certificatesPrefix, silverPrefix } from "./silver-keys.ts";

/** What `verifySilver` found out about one object. */
export interface SilverFinding {
  readonly key: string;
  readonly state:
    | "whole"
    /** Named by the last build, and gone. */
    | "missing"
    /** Not the bytes that a build wrote. */
    | "damaged"
    /** Named by no build. */
    | "stray";
}

/**
 * Holds every silver object against the digest that the build wrote down, those first that should
 * be there, then those that should not. An object that a build is about to write may be the old
 * one, the new one or, when there was none, not there yet.
 */
export async function* verifySilver(lake: Lake): AsyncGenerator<SilverFinding> {
  const { state, version } = await readState(lake);
  if (version !== null) yield { key: builtKey, state: state === null ? "damaged" : "whole" };
  const known = state === null ? [] : keysOf(state);
  for (const key of known.toSorted()) {
    const finding = await lookAt(lake, key);
    if (finding !== null) yield { key, state: finding };
  }
  for await (const { key } of lake.list(silverPrefix)) {
    // Certificates have a record of their own.
    if (key.startsWith(certificatesPrefix)) continue;
    if (key !== builtKey && !known.includes(key) && (await isStray(lake, key))) {
      yield { key, state: "stray" };
    }
  }
}

function keysOf(state: BuiltState): readonly string[] {
  return [...new Set([...Object.keys(state.objects), ...Object.keys(state.pending)])];
}

/** A build that has begun meanwhile may name it. */
async function isStray(lake: Lake, key: string): Promise<boolean> {
  const { state } = await readState(lake);
  return state === null || !keysOf(state).includes(key);
}

/** Null when the object need not be there. A build that ends meanwhile makes us look again. */
async function lookAt(lake: Lake, key: string): Promise<SilverFinding["state"] | null> {
  for (;;) {
    const { state, version } = await readState(lake);
    const stored = await lake.get(key);
    const finding = judge(state?.objects[key], state?.pending[key], stored?.body ?? null);
    if (finding === "whole" || finding === null) return finding;
    if ((await lake.head(builtKey))?.version === version) return finding;
  }
}

function judge(
  done: ObjectFacts | undefined,
  pending: ObjectFacts | undefined,
  body: Uint8Array | null,
): SilverFinding["state"] | null {
  if (body === null) return done === undefined ? null : "missing";
  const sha256 = sha256Hex(body);
  return sha256 === done?.sha256 || sha256 === pending?.sha256 ? "whole" : "damaged";
}
