const notAscii = /[^ -~]/;
const arabicZero = 0x0660;
const persianZero = 0x06f0;
const unknownWords = new Set(["nan", "null", "none", "na", "n/a", "#n/a", "--", "—"]);

/**
 * A number or a date as a file writes it, in plain digits: Arabic and Persian digits and their
 * separators become ours, no-break spaces plain ones, and words for "unknown" the empty text.
 */
export function plainText(text: string): string {
  const plain = notAscii.test(text) ? plainDigits(text) : text;
  const trimmed = plain.trim();
  return unknownWords.has(trimmed.toLowerCase()) ? "" : trimmed;
}

/** A ticker as the exchange spells it: Yahoo's `COMI.CA` and TradingView's `EGX:COMI` are COMI. */
export function plainSymbol(text: string): string {
  return text.trim().toUpperCase().replace(/^EGX:/, "").replace(/\.CA$/, "");
}

function plainDigits(text: string): string {
  return text
    .replaceAll(/[\u0660-\u0669]/g, (digit) => digitFrom(digit, arabicZero))
    .replaceAll(/[\u06F0-\u06F9]/g, (digit) => digitFrom(digit, persianZero))
    .replaceAll("\u066B", ".")
    .replaceAll(/[\u066C\u060C]/g, ",")
    .replaceAll(/[\u00A0\u202F\u2007]/g, " ")
    .replaceAll(/[\u200E\u200F\u202A-\u202E]/g, "");
}

function digitFrom(digit: string, zero: number): string {
  return String((digit.codePointAt(0) ?? zero) - zero);
}

/** What the numbers of a file show of their decimal separator. */
export type DecimalEvidence = "point" | "comma" | "none" | "contradictory";

const withPoint = /^[-+]?(?:\d{1,3}(?:,\d{3})+|\d*)\.(?:\d{1,2}|\d{4,})[KMB]?$/i;
const withComma = /^[-+]?(?:\d{1,3}(?:\.\d{3})+|\d*),(?:\d{1,2}|\d{4,})[KMB]?$/i;
const groupedByPoint = /^[-+]?\d{1,3}(?:\.\d{3})+,\d+$/;
const groupedByComma = /^[-+]?\d{1,3}(?:,\d{3})+\.\d+$/;

/** The decimal separator that plain numbers show; three digits behind one may be thousands. */
export function inferDecimal(texts: Iterable<string>): DecimalEvidence {
  let point = false;
  let comma = false;
  for (const text of texts) {
    point ||= withPoint.test(text) || groupedByComma.test(text);
    comma ||= withComma.test(text) || groupedByPoint.test(text);
  }
  if (point && comma) return "contradictory";
  if (point) return "point";
  return comma ? "comma" : "none";
}

/** A number with a decimal comma, written with a point and without groups. */
export function pointNumber(text: string): string {
  return text.replaceAll(".", "").replace(",", ".");
}
