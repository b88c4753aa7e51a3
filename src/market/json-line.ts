/** A JSON text on one line. */
export interface JsonLine {
  /** The text without the whitespace between its tokens; every token as it was. */
  readonly line: string;
  /** How many fields the object has that the text is, repeated ones counted as often. */
  readonly fields: number;
}

const quote = 34;
const backslash = 92;
const colon = 58;
const openBrace = 123;
const closeBrace = 125;
const openBracket = 91;
const closeBracket = 93;
const space = 32;

/**
 * Parses JSON of others, throwing a SyntaxError as JSON.parse does. Names of fields that cannot be
 * written without an escape are changed in the answer: each `"`, `\` and control character is
 * moved to U+E000 and up.
 *
 * V8 may read an escaped name as another one that it met in an earlier text (nodejs/node#63785:
 * after `{"\\":0}`, the name `"\""` is read as `\`), and what is decided here must not depend on
 * earlier messages. So it is never given an escaped name.
 */
export function parseJson(text: string): unknown {
  return JSON.parse(text.includes("\\") ? withPlainNames(text) : text);
}

/** Puts an object on one line. `text` must be valid JSON: it is not checked again. */
export function jsonLine(text: string): JsonLine {
  let line = "";
  let copied = 0;
  let depth = 0;
  let fields = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      at = stringEnd(text, at);
    } else if (code === colon) {
      if (depth === 1) fields += 1;
    } else if (code === openBrace || code === openBracket) {
      depth += 1;
    } else if (code === closeBrace || code === closeBracket) {
      depth -= 1;
    } else if (code <= space) {
      if (at > copied) line += text.slice(copied, at);
      copied = at + 1;
    }
  }
  return { line: copied === 0 ? text : line + text.slice(copied), fields };
}

/** The first field that occurs twice in the object that `line` is, or null. */
export function repeatedField(line: string): string | null {
  const seen = new Set<string>();
  for (const name of fieldNames(line)) {
    if (seen.has(name)) return name;
    seen.add(name);
  }
  return null;
}

/** The names of the object's fields in their order, escapes undone: `"\u0076"` and `"v"` are one. */
function* fieldNames(line: string): Generator<string> {
  let depth = 0;
  for (let at = 0; at < line.length; at += 1) {
    const code = line.charCodeAt(at);
    if (code === quote) {
      const end = stringEnd(line, at);
      if (depth === 1 && line.charCodeAt(end + 1) === colon) {
        const name: unknown = JSON.parse(line.slice(at, end + 1));
        yield String(name);
      }
      at = end;
    } else if (code === openBrace || code === openBracket) {
      depth += 1;
    } else if (code === closeBrace || code === closeBracket) {
      depth -= 1;
    }
  }
}

function withPlainNames(text: string): string {
  let plain = "";
  let copied = 0;
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at + 1)) {
    const end = stringEnd(text, at);
    if (end >= text.length) throw new SyntaxError("a string has no end");
    const token = isName(text, end) ? text.slice(at, end + 1) : "";
    if (token.includes("\\")) {
      plain += `${text.slice(copied, at)}"${plainName(token)}"`;
      copied = end + 1;
    }
    at = end;
  }
  return plain + text.slice(copied);
}

function plainName(token: string): string {
  const name: unknown = JSON.parse(token);
  return String(name).replaceAll(/["\\\p{Cc}]/gu, (character) =>
    String.fromCodePoint(0xe000 + character.charCodeAt(0)),
  );
}

/** Whether the string that ends at `end` is the name of a field. */
function isName(text: string, end: number): boolean {
  let at = end + 1;
  while (text.charCodeAt(at) <= space) at += 1;
  return text.charCodeAt(at) === colon;
}

/** Where the string that begins at `start` has its closing quote; the text's length when it has none. */
function stringEnd(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === quote) return at;
    at += code === backslash ? 2 : 1;
  }
  return text.length;
}
