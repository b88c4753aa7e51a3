import { EgxError } from "../base/errors.ts";

const keyPattern = /^[A-Za-z0-9_=][A-Za-z0-9._=-]*(?:\/[A-Za-z0-9_=][A-Za-z0-9._=-]*)*$/;
const keyBytesMax = 900;

/**
 * The key itself when it is plain: segments of `[A-Za-z0-9._=-]` that begin with neither a dot
 * nor a dash, so that no key can leave its prefix or meet a temporary file.
 * @throws E_LAKE_KEY
 */
export function checkKey(key: string): string {
  if (!keyPattern.test(key) || key.length > keyBytesMax) {
    throw new EgxError("E_LAKE_KEY", `"${key.slice(0, 200)}" is not a plain object key`);
  }
  return key;
}
