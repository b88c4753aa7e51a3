import { sha256Hex, textOf } from "../base/bytes.ts";
import { z } from "../base/schema.ts";
import type { Lake } from "../lake/lake.ts";
import { sealed } from "../ledger/sealed.ts";
import { certifiedKey, certificatesPrefix } from "../silver/silver-keys.ts";
import type { SilverFinding } from "../silver/verify.ts";

/** Raised when the same bars give other certificates: those of another format are made anew. */
export const certificateFormat = 1;

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const objectSchema = z.object({
  sha256: digest,
  rows: z.number().int().min(0),
  /** SHA-256 of everything that the object follows from. */
  inputs: digest,
});
const stateSchema = z.object({
  format: z.literal(certificateFormat),
  objects: z.record(z.string(), objectSchema),
  pending: z.record(z.string(), objectSchema),
});

/** An object of certificates. */
export type CertifiedObject = z.output<typeof objectSchema>;

/**
 * What the certificates consist of, by their keys: written before objects are replaced (with
 * `pending`) and after (without), so that each object is at any time one that it names.
 */
export type CertifiedState = z.output<typeof stateSchema>;

export interface StoredCertifiedState {
  readonly state: CertifiedState;
  /** Null when there is none. */
  readonly version: string | null;
  /** Whether what is stored can be read; certificates are made anew otherwise. */
  readonly readable: boolean;
}

const none: CertifiedState = { format: certificateFormat, objects: {}, pending: {} };

export async function readCertifiedState(lake: Lake): Promise<StoredCertifiedState> {
  const stored = await lake.get(certifiedKey);
  if (stored === null) return { state: none, version: null, readable: true };
  const state = parseState(stored.body);
  return { state: state ?? none, version: stored.version, readable: state !== null };
}

/** The state's bytes: the same state gives the same bytes. */
export function encodeCertifiedState(state: CertifiedState): Uint8Array {
  return sealed({ ...state, objects: sorted(state.objects), pending: sorted(state.pending) });
}

/** Holds every object of certificates against the digest that was written down. */
export async function* verifyCertificates(lake: Lake): AsyncGenerator<SilverFinding> {
  const { state, version, readable } = await readCertifiedState(lake);
  if (version !== null) yield { key: certifiedKey, state: readable ? "whole" : "damaged" };
  if (!readable) return;
  const known = new Set([...Object.keys(state.objects), ...Object.keys(state.pending)]);
  for (const key of [...known].toSorted()) {
    const finding = await lookAt(lake, key);
    if (finding !== null) yield { key, state: finding };
  }
  for await (const { key } of lake.list(certificatesPrefix)) {
    if (key !== certifiedKey && !known.has(key)) yield { key, state: "stray" };
  }
}

/** Null when the object need not be there. One that is replaced meanwhile is looked at again. */
async function lookAt(lake: Lake, key: string): Promise<SilverFinding["state"] | null> {
  for (;;) {
    const { state, version } = await readCertifiedState(lake);
    const done = state.objects[key];
    const body = (await lake.get(key))?.body ?? null;
    if (body === null && done === undefined) return null;
    const sha256 = body === null ? null : sha256Hex(body);
    if (sha256 === done?.sha256 || sha256 === state.pending[key]?.sha256) return "whole";
    const settled = (await lake.head(certifiedKey))?.version === version;
    if (settled) return body === null ? "missing" : "damaged";
  }
}

function parseState(body: Uint8Array): CertifiedState | null {
  try {
    const state = stateSchema.parse(JSON.parse(textOf(body)));
    return Buffer.compare(encodeCertifiedState(state), body) === 0 ? state : null;
  } catch {
    // Cut short or not ours: certificates are derived, and are made anew.
    return null;
  }
}

function sorted<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(record).toSorted(([left], [right]) => (left < right ? -1 : 1)),
  );
}
