import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const brotli = promisify(brotliCompress);
const gzipped = promisify(gzip);

export type Encoding = "br" | "gzip" | "identity";

/** Smaller bodies are sent as they are. */
const encodedFromBytes = 1_024;
/** Fast, and nearly as small as the best for JSON. */
const brotliOptions = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };
/** One that is larger would push out all others. */
const shareMax = 0.25;

/** One body in the encodings that were asked for. */
export class Body {
  readonly bytes: Uint8Array;
  readonly #encoded = new Map<Encoding, Promise<Uint8Array>>();

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Bytes of memory, with what encodings may add. */
  get size(): number {
    return this.bytes.length * 1.5;
  }

  /** The body in the best encoding that `accepted` (an Accept-Encoding header) allows. */
  async in(accepted: string): Promise<{ readonly bytes: Uint8Array; readonly encoding: Encoding }> {
    const encoding = this.bytes.length < encodedFromBytes ? "identity" : encodingOf(accepted);
    if (encoding === "identity") return { bytes: this.bytes, encoding };
    const known = this.#encoded.get(encoding) ?? encode(this.bytes, encoding);
    this.#encoded.set(encoding, known);
    return { bytes: await known, encoding };
  }
}

/** The encoding to be used for an Accept-Encoding header. */
export function encodingOf(accepted: string): Encoding {
  const weights = new Map(
    accepted.split(",").map((part) => {
      const [name = "", ...parameters] = part.trim().toLowerCase().split(";");
      const weight = parameters.map((one) => /^\s*q=([\d.]+)\s*$/.exec(one)?.[1]).find(Boolean);
      return [name.trim(), weight === undefined ? 1 : Number(weight)] as const;
    }),
  );
  const any = weights.get("*") ?? 0;
  if ((weights.get("br") ?? any) > 0) return "br";
  return (weights.get("gzip") ?? any) > 0 ? "gzip" : "identity";
}

async function encode(bytes: Uint8Array, encoding: "br" | "gzip"): Promise<Uint8Array> {
  return encoding === "br" ? brotli(bytes, brotliOptions) : gzipped(bytes);
}

/** Answers that were made before, up to a number of bytes; the least asked for go first. */
export class AnswerCache {
  readonly #bytesMax: number;
  readonly #bodies = new Map<string, Body>();
  readonly #making = new Map<string, Promise<Body>>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The body of a key; made once for all who ask meanwhile. What failed is not kept. */
  async of(key: string, make: () => Promise<Uint8Array>): Promise<Body> {
    const known = this.#bodies.get(key);
    if (known !== undefined) {
      this.#bodies.delete(key);
      this.#bodies.set(key, known);
      return known;
    }
    const making = this.#making.get(key) ?? this.#make(key, make);
    this.#making.set(key, making);
    return making;
  }

  async #make(key: string, make: () => Promise<Uint8Array>): Promise<Body> {
    try {
      const body = new Body(await make());
      this.#keep(key, body);
      return body;
    } finally {
      this.#making.delete(key);
    }
  }

  #keep(key: string, body: Body): void {
    if (body.size > this.#bytesMax * shareMax) return;
    this.#bodies.set(key, body);
    this.#bytes += body.size;
    for (const [oldest, { size }] of this.#bodies) {
      if (this.#bytes <= this.#bytesMax) return;
      this.#bodies.delete(oldest);
      this.#bytes -= size;
    }
  }
}
