import { sha256Hex, utf8 } from "../base/bytes.ts";

/**
 * A value as one line of JSON whose last field, `check`, is the SHA-256 of the text before it, so
 * that one changed byte shows. The same value gives the same bytes.
 */
export function sealed(value: Readonly<Record<string, unknown>>): Uint8Array {
  const unsealed = JSON.stringify(value).slice(0, -1);
  return utf8(`${unsealed},"check":"${sha256Hex(unsealed)}"}\n`);
}
