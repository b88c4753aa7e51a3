import { createHash } from "node:crypto";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Text as UTF-8. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Bytes as text; throws a TypeError when they are not UTF-8. A byte order mark is kept. */
export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** SHA-256 in lower-case hexadecimal. */
export function sha256Hex(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}
