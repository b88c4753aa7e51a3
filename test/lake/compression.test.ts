import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import * as fc from "fast-check";
import { textOf, utf8 } from "../../src/base/bytes.ts";
import { hasCode } from "../../src/base/errors.ts";
import {
  compress,
  compressionOf,
  compressionSuffix,
  decompressByKey,
  type Compression,
} from "../../src/lake/compression.ts";

const compressions: readonly Compression[] = ["none", "gzip", "zstd"];
const lines = utf8('{"symbol":"COMI","close":81.5}\n'.repeat(1000));
const isDamage = (error: unknown): boolean => hasCode(error, "E_LAKE_OBJECT_DAMAGED");

suite("compression", () => {
  test("any bytes come back, by the key's ending", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 5000 }),
        fc.constantFrom(...compressions),
        async (bytes, compression) => {
          const key = `a/b.json${compressionSuffix(compression)}`;
          assert.equal(compressionOf(key), compression);
          const packed = await compress(bytes, compression);
          assert.deepEqual(Uint8Array.from(await decompressByKey(key, packed)), bytes);
        },
      ),
      { numRuns: 100 },
    );
  });

  test("the same bytes give the same bytes, with neither time nor system in them", async () => {
    for (const compression of compressions) {
      assert.deepEqual(await compress(lines, compression), await compress(lines, compression));
    }
    const header = Array.from((await compress(lines, "gzip")).subarray(0, 10));
    assert.deepEqual(header, [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
  });

  test("other tools can read it", async () => {
    assert.equal(textOf(gunzipSync(await compress(lines, "gzip"))), textOf(lines));
    assert.equal(textOf(zstdDecompressSync(await compress(lines, "zstd"))), textOf(lines));
  });

  test("what would grow beyond the limit is refused", async () => {
    for (const [key, compression] of [["o.gz", "gzip"] as const, ["o.zst", "zstd"] as const]) {
      const bomb = await compress(new Uint8Array(8_000_000), compression);
      assert.ok(bomb.byteLength < 10_000);
      await assert.rejects(decompressByKey(key, bomb, 7_999_999), isDamage);
      assert.equal((await decompressByKey(key, bomb, 8_000_000)).byteLength, 8_000_000);
    }
  });

  test("one flipped bit, a cut or another format is damage", async () => {
    for (const [key, compression] of [["o.gz", "gzip"] as const, ["o.zst", "zstd"] as const]) {
      const packed = await compress(lines, compression);
      for (let length = 0; length < packed.byteLength; length += 7) {
        await assert.rejects(decompressByKey(key, packed.subarray(0, length)), isDamage);
      }
      const flipped = Uint8Array.from(packed);
      flipped[flipped.length - 6] = (flipped[flipped.length - 6] ?? 0) ^ 1;
      await assert.rejects(decompressByKey(key, flipped), isDamage);
      await assert.rejects(decompressByKey(key, lines), isDamage);
    }
  });
});
