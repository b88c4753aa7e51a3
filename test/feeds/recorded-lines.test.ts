import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { lineBytesMax, readLines } from "../../src/feeds/recorded-lines.ts";
import { never } from "./events.ts";
import { fileWith } from "./files.ts";

/** Line number and text; of an oversized line its size and its beginning. */
type Line = readonly [number: number, text: string, bytes?: number];

async function linesOf(t: TestContext, content: string | Uint8Array): Promise<readonly Line[]> {
  const lines: Line[] = [];
  for await (const event of readLines(await fileWith(t, content), never)) {
    if (event.kind === "oversized") lines.push([event.number, event.head, event.bytes]);
    else for (const [at, text] of event.lines.entries()) lines.push([event.numbers[at] ?? 0, text]);
  }
  return lines;
}

test("lines are those of the file, whatever their lengths and wherever chunks end", async (t) => {
  const text = fc.string({ unit: "binary", maxLength: 40 }).map((line) => {
    const plain = line.replaceAll(/[\r\n\uFEFF\uD800-\uDFFF]/g, "");
    return plain === "" ? "é" : plain.trim() === "" ? "x" : plain;
  });
  const repeated = fc.tuple(text, fc.integer({ min: 1, max: 3000 }));
  const texts = repeated.map(([line, times]) => line.repeat(times).slice(0, lineBytesMax / 4));
  await fc.assert(
    fc.asyncProperty(fc.array(texts, { maxLength: 40 }), fc.boolean(), async (lines, zipped) => {
      const content = lines.join("\n");
      const read = await linesOf(t, zipped ? gzipSync(content) : content);
      assert.deepEqual(
        read,
        lines.map((line, index) => [index + 1, line]),
      );
    }),
    { numRuns: 60 },
  );
});

test("oversized lines are counted, measured and cut, in and between chunks", async (t) => {
  const sizes = [lineBytesMax, lineBytesMax + 1, 255 * 1024, 256 * 1024, 256 * 1024 + 1, 3_000_000];
  const content = sizes.flatMap((size) => [
    "a",
    "é".repeat(Math.floor(size / 2)) + "b".repeat(size % 2),
  ]);
  const lines = await linesOf(t, [...content, "z"].join("\n"));
  for (const [index, size] of sizes.entries()) {
    assert.deepEqual(lines[2 * index], [2 * index + 1, "a"]);
    const [number, text, bytes] = lines[2 * index + 1] ?? [];
    assert.equal(number, 2 * index + 2);
    assert.equal(bytes, size > lineBytesMax ? size : undefined);
    assert.ok(text?.startsWith("ééé") === true);
    assert.ok(size <= lineBytesMax || text.length <= 120);
  }
  assert.deepEqual(lines.at(-1), [2 * sizes.length + 1, "z"]);
});

test("an oversized last line needs no line end", async (t) => {
  const lines = await linesOf(t, `a\n${"x".repeat(300_000)}`);
  assert.deepEqual(
    lines.map(([number, , bytes]) => [number, bytes]),
    [
      [1, undefined],
      [2, 300_000],
    ],
  );
});

test("blank lines count and are left out; CR and the byte order mark go", async (t) => {
  assert.deepEqual(await linesOf(t, "\uFEFFa\r\n\r\n  \n\n b\r\n"), [
    [1, "a"],
    [5, " b"],
  ]);
});

test("what is not UTF-8 is replaced, not refused", async (t) => {
  assert.deepEqual(await linesOf(t, Buffer.from([0x61, 0xff, 0x0a, 0x62])), [
    [1, "a\uFFFD"],
    [2, "b"],
  ]);
});
