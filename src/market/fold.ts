/** Letters that writers of Arabic use for one another. */
const letters: Readonly<Record<string, string>> = {
  أ: "ا",
  إ: "ا",
  آ: "ا",
  ٱ: "ا",
  ة: "ه",
  ى: "ي",
  ؤ: "و",
  ئ: "ي",
};

const foldable = new RegExp(`[${Object.keys(letters).join("")}]`, "gu");
const arabicZero = 0x0660;
const persianZero = 0x06f0;

/**
 * A text as searches compare it, in Latin and in Arabic script: without case, accents, vowel
 * signs and the tatweel, one letter for those that writers use for one another (أإآ and ا, ة and
 * ه, ى and ي), digits as 0-9, words parted by one space.
 */
export function foldText(text: string): string {
  return text
    .normalize("NFKC")
    .replace(foldable, (letter) => letters[letter] ?? letter)
    .normalize("NFKD")
    .replaceAll(/[\p{Mark}\u0640]/gu, "")
    .replaceAll(/[\u0660-\u0669]/g, (digit) => digitOf(digit, arabicZero))
    .replaceAll(/[\u06f0-\u06f9]/g, (digit) => digitOf(digit, persianZero))
    .toLowerCase()
    .replaceAll(/[^\p{Letter}\p{Number}]+/gu, " ")
    .trim();
}

function digitOf(text: string, zero: number): string {
  return String((text.codePointAt(0) ?? zero) - zero);
}
