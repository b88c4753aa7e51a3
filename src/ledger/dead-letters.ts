import { textOf, utf8 } from "../base/bytes.ts";
import { errorCodes, type ErrorCode } from "../base/error-codes.ts";
import { EgxError } from "../base/errors.ts";
import { z } from "../base/schema.ts";
import type { Lake } from "../lake/lake.ts";
import { listChains, readChain } from "./chain.ts";
import { deadChainPrefix, deadDoneKey, type ChainId } from "./layout.ts";
import { readLines } from "./objects.ts";

/** A record that was no valid message, as the lake keeps it: whole. */
export interface DeadLetter {
  readonly offset: number;
  /** When it was published, epoch milliseconds. */
  readonly timestampMs: number;
  readonly code: ErrorCode;
  readonly reason: string;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly { readonly key: string; readonly value: Uint8Array }[];
}

/** How a dead letter ended. */
export interface DeadLetterEnd {
  readonly outcome: "replayed" | "waived";
  /** Why it was waived, or where its copy went. */
  readonly note: string;
  /** ISO 8601 UTC. */
  readonly at: string;
}

export interface KeptDeadLetter {
  readonly chain: ChainId;
  readonly letter: DeadLetter;
  /** Null while it waits for somebody. */
  readonly end: DeadLetterEnd | null;
}

const base64 = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : Buffer.from(bytes).toString("base64");
const fromBase64 = (text: string | null): Uint8Array | null =>
  text === null ? null : Uint8Array.from(Buffer.from(text, "base64"));

const codeSchema = z.string().refine((code): code is ErrorCode => Object.hasOwn(errorCodes, code));
const lineSchema = z.object({
  offset: z.number().int().min(0),
  timestamp_ms: z.number(),
  code: codeSchema,
  reason: z.string(),
  key: z.string().nullable(),
  value: z.string().nullable(),
  headers: z.array(z.tuple([z.string(), z.string()])),
});
const endSchema = z.object({
  outcome: z.enum(["replayed", "waived"]),
  note: z.string(),
  at: z.string(),
});

/** The dead letters' lines, one JSON object each, in the given order. */
export function encodeDeadLetters(letters: readonly DeadLetter[]): Uint8Array {
  const lines = letters.map((letter) =>
    JSON.stringify({
      offset: letter.offset,
      timestamp_ms: letter.timestampMs,
      code: letter.code,
      reason: letter.reason,
      key: base64(letter.key),
      value: base64(letter.value),
      headers: letter.headers.map((header) => [header.key, base64(header.value)]),
    }),
  );
  return utf8(`${lines.join("\n")}\n`);
}

/** @throws E_LEDGER_DAMAGED */
export function parseDeadLetters(lines: Uint8Array): readonly DeadLetter[] {
  try {
    return textOf(lines)
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => {
        const letter = lineSchema.parse(JSON.parse(line));
        return {
          offset: letter.offset,
          timestampMs: letter.timestamp_ms,
          code: letter.code,
          reason: letter.reason,
          key: fromBase64(letter.key),
          value: fromBase64(letter.value),
          headers: letter.headers.map(([key, value]) => ({
            key,
            value: Uint8Array.from(Buffer.from(value, "base64")),
          })),
        };
      });
  } catch (error) {
    throw new EgxError("E_LEDGER_DAMAGED", "an object of dead letters is malformed", {
      cause: error,
    });
  }
}

/** All dead letters of the lake, chain by chain, oldest first. */
export async function* listDeadLetters(lake: Lake): AsyncGenerator<KeptDeadLetter> {
  for await (const chain of listChains(lake)) {
    const ended = await endedOffsets(lake, chain);
    for await (const { entry } of readChain(lake, chain)) {
      if (entry.dead === undefined) continue;
      // An unfinished last entry has none yet: its writer, or the next one, is at it.
      const lines = await readLines(lake, entry.dead);
      for (const letter of lines === null ? [] : parseDeadLetters(lines)) {
        const end = ended.has(letter.offset)
          ? await readDeadLetterEnd(lake, chain, letter.offset)
          : null;
        yield { chain, letter, end };
      }
    }
  }
}

/** Closes a dead letter, once: false when it had been closed before. */
export async function closeDeadLetter(
  lake: Lake,
  letter: { readonly chain: ChainId; readonly offset: number },
  end: DeadLetterEnd,
): Promise<boolean> {
  const { outcome, note, at } = end;
  const body = utf8(`${JSON.stringify({ outcome, note, at })}\n`);
  return (await lake.create(deadDoneKey(letter.chain, letter.offset), body)) === "created";
}

/** The offset of a key that closes a dead letter, or null for any other key. */
export function parseDeadDoneKey(key: string): number | null {
  const match = /\/(\d{20})\.done\.json$/.exec(key);
  return match === null ? null : Number(match[1]);
}

async function endedOffsets(lake: Lake, chain: ChainId): Promise<ReadonlySet<number>> {
  const offsets = new Set<number>();
  for await (const { key } of lake.list(deadChainPrefix(chain))) {
    const offset = parseDeadDoneKey(key);
    if (offset !== null) offsets.add(offset);
  }
  return offsets;
}

/**
 * How a dead letter ended; null while it waits for somebody.
 * @throws E_LEDGER_DAMAGED
 */
export async function readDeadLetterEnd(
  lake: Lake,
  chain: ChainId,
  offset: number,
): Promise<DeadLetterEnd | null> {
  const key = deadDoneKey(chain, offset);
  const stored = await lake.get(key);
  if (stored === null) return null;
  try {
    return endSchema.parse(JSON.parse(textOf(stored.body)));
  } catch (error) {
    throw new EgxError("E_LEDGER_DAMAGED", `${key} is malformed`, {
      cause: error,
      details: { key },
    });
  }
}
