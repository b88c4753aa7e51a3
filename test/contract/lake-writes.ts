import assert from "node:assert/strict";
import { sha256Hex, textOf, utf8 } from "../../src/base/bytes.ts";
import { hasCode } from "../../src/base/errors.ts";
import type { Lake } from "../../src/lake/lake.ts";
import { keysOf, listed, type NamedCase, read } from "./lake-case.ts";

/** Objects are whole, one a key, and go when they are deleted. */
export const wholeObjects: readonly NamedCase[] = [
  [
    "an object comes back as it was put, with its size and a version",
    async (contract, t) => {
      const lake = await contract.open(t);
      const body = Uint8Array.from({ length: 1000 }, (_, index) => index % 256);
      await lake.put("a/b=c/d.e_f-g.bin", body);
      const stored = await lake.get("a/b=c/d.e_f-g.bin");
      const info = await lake.head("a/b=c/d.e_f-g.bin");
      assert.deepEqual(Uint8Array.from(stored?.body ?? []), body);
      assert.equal(info?.bytes, 1000);
      assert.equal(info.version, stored?.version);
      const second = await contract.openSecond(t, lake);
      assert.deepEqual(await second.head("a/b=c/d.e_f-g.bin"), info);
    },
  ],
  [
    "what is not there is null",
    async (contract, t) => {
      const lake = await contract.open(t);
      await lake.put("folder/object", utf8("x"));
      for (const key of ["nothing", "folder", "folder/nothing", "folder/object/below", "fold"]) {
        assert.equal(await lake.get(key), null, key);
        assert.equal(await lake.head(key), null, key);
        assert.equal(await lake.getRange(key, 0, 0), null, key);
      }
    },
  ],
  [
    "a put replaces the object that was there",
    async (contract, t) => {
      const lake = await contract.open(t);
      await lake.put("object", utf8("a longer first body"));
      await lake.put("object", utf8("second"));
      assert.equal(await read(lake, "object"), "second");
      assert.equal((await lake.head("object"))?.bytes, 6);
      assert.deepEqual(await keysOf(lake), ["object"]);
    },
  ],
  [
    "of puts at the same time one stands, whole",
    async (contract, t) => {
      const lake = await contract.open(t);
      const second = await contract.openSecond(t, lake);
      const bodies = Array.from({ length: 12 }, (_, index) => `${index};`.repeat(20_000 + index));
      await Promise.all(
        bodies.map(async (body, index) => (index % 2 === 0 ? lake : second).put("o", utf8(body))),
      );
      assert.ok(bodies.includes(await read(lake, "o")));
      assert.deepEqual(await keysOf(lake), ["o"]);
    },
  ],
  [
    "readers see an object before a write or after it, never in between",
    async (contract, t) => {
      const lake = await contract.open(t);
      const reader = await contract.openSecond(t, lake);
      const body = (index: number): string => `${index};`.repeat(50_000 + 1000 * index);
      const allowed = new Set(Array.from({ length: 10 }, (_, index) => body(index)));
      await lake.put("object", utf8(body(0)));
      const written = new AbortController();
      const reading = (async () => {
        const seen = new Set<string>();
        while (!written.signal.aborted) seen.add(await read(reader, "object"));
        return seen;
      })();
      for (let index = 1; index < 10; index += 1) await lake.put("object", utf8(body(index)));
      written.abort();
      const seen = await reading;
      assert.ok(seen.size > 0);
      for (const each of seen) assert.ok(allowed.has(each), "a torn object");
    },
  ],
  [
    "an object of no bytes is an object",
    async (contract, t) => {
      const lake = await contract.open(t);
      await lake.put("empty", new Uint8Array());
      assert.equal((await lake.head("empty"))?.bytes, 0);
      assert.equal((await lake.get("empty"))?.body.byteLength, 0);
      assert.equal((await lake.getRange("empty", 0, 9))?.byteLength, 0);
      assert.deepEqual(await listed(lake, ""), [{ key: "empty", bytes: 0 }]);
      assert.equal(await lake.create("empty", utf8("x")), "exists");
    },
  ],
  [
    "an object of 20 MiB comes back byte for byte",
    async (contract, t) => {
      const lake = await contract.open(t);
      const body = new Uint8Array(20 * 1024 * 1024);
      for (let index = 0; index < body.length; index += 1) body[index] = (index * 31) >>> 5;
      await lake.put("big", body);
      const stored = await lake.get("big");
      assert.equal(sha256Hex(stored?.body ?? utf8("")), sha256Hex(body));
      const tail = await lake.getRange("big", body.length - 3, body.length + 3);
      assert.deepEqual(Uint8Array.from(tail ?? []), body.subarray(-3));
    },
  ],
  [
    "the digest given to put comes back where metadata is kept, else null",
    async (contract, t) => {
      const lake = await contract.open(t);
      const sha256 = sha256Hex("the content before compression");
      await lake.put("with", utf8("x"), { sha256 });
      await lake.put("without", utf8("x"));
      assert.equal((await lake.head("with"))?.sha256, contract.keepsMetadata ? sha256 : null);
      assert.equal((await lake.head("without"))?.sha256, null);
    },
  ],
  [
    "a deleted object is gone, and may be deleted again",
    async (contract, t) => {
      const lake = await contract.open(t);
      await lake.put("a/object", utf8("x"));
      await lake.put("a/other", utf8("y"));
      await lake.delete("a/object");
      assert.equal(await lake.get("a/object"), null);
      await lake.delete("a/object");
      await lake.delete("never/was");
      await lake.delete("a");
      assert.deepEqual(await keysOf(lake), ["a/other"]);
    },
  ],
  [
    "closing twice is closing once",
    async (contract, t) => {
      const lake = await contract.open(t);
      await lake.close();
      await lake.close();
    },
  ],
];

/** Of many writers one wins, and is told so. */
export const exclusiveWrites: readonly NamedCase[] = [
  [
    "create writes once and leaves alone what is there",
    async (contract, t) => {
      const lake = await contract.open(t);
      assert.equal(await lake.create("a/b", utf8("first")), "created");
      assert.equal(await lake.create("a/b", utf8("second")), "exists");
      assert.equal(await read(lake, "a/b"), "first");
      await lake.delete("a/b");
      assert.equal(await lake.create("a/b", utf8("third")), "created");
    },
  ],
  [
    "of creators at the same time exactly one is told created, and its body stands",
    async (contract, t) => {
      const lake = await contract.open(t);
      const second = await contract.openSecond(t, lake);
      for (let round = 0; round < 10; round += 1) {
        const key = `round/${round}`;
        const answers = await Promise.all(
          Array.from({ length: 8 }, async (_, index) =>
            (index % 2 === 0 ? lake : second).create(key, utf8(`creator ${index}`)),
          ),
        );
        const winners = answers.flatMap((answer, index) => (answer === "created" ? [index] : []));
        assert.equal(winners.length, 1, `${winners.length} were told created`);
        assert.equal(await read(lake, key), `creator ${winners[0]}`);
      }
    },
  ],
  [
    "replace needs the present version",
    async (contract, t) => {
      const lake = await contract.open(t);
      await lake.put("o", utf8("one"));
      const first = (await lake.head("o"))?.version ?? "";
      assert.equal(await lake.replace("o", utf8("two"), first), "replaced");
      assert.equal(await lake.replace("o", utf8("six"), first), "changed");
      assert.equal(await read(lake, "o"), "two");
    },
  ],
  [
    "replace with null needs that there is none",
    async (contract, t) => {
      const lake = await contract.open(t);
      assert.equal(await lake.replace("a/o", utf8("one"), null), "replaced");
      assert.equal(await lake.replace("a/o", utf8("two"), null), "changed");
      assert.equal(await read(lake, "a/o"), "one");
    },
  ],
  [
    "replace of what is gone changes nothing",
    async (contract, t) => {
      const lake = await contract.open(t);
      await lake.put("o", utf8("one"));
      const version = (await lake.head("o"))?.version ?? "";
      await lake.delete("o");
      assert.equal(await lake.replace("o", utf8("two"), version), "changed");
      assert.equal(await lake.get("o"), null);
    },
  ],
  [
    "every replacement changes the version, also of equal size and in quick succession",
    async (contract, t) => {
      const lake = await contract.open(t);
      await lake.put("o", utf8("body 000"));
      const versions = new Set([(await lake.head("o"))?.version ?? ""]);
      for (let index = 1; index <= 40; index += 1) {
        const body = utf8(`body ${String(index).padStart(3, "0")}`);
        if (index % 2 === 0) await lake.put("o", body);
        else await lake.replace("o", body, (await lake.head("o"))?.version ?? "");
        versions.add((await lake.head("o"))?.version ?? "");
      }
      assert.equal(versions.size, 41);
    },
  ],
  [
    "of replacements at the same time exactly one is told replaced",
    async (contract, t) => {
      const lake = await contract.open(t);
      const second = await contract.openSecond(t, lake);
      await lake.put("o", utf8("start"));
      for (let round = 0; round < 10; round += 1) {
        const version = (await lake.head("o"))?.version ?? "";
        const answers = await Promise.all(
          Array.from({ length: 6 }, async (_, index) =>
            again(async () =>
              (index % 2 === 0 ? lake : second).replace("o", utf8(`by ${index}`), version),
            ),
          ),
        );
        const winners = answers.flatMap((answer, index) => (answer === "replaced" ? [index] : []));
        assert.equal(winners.length, 1, `${winners.length} were told replaced`);
        assert.equal(await read(lake, "o"), `by ${winners[0]}`);
      }
    },
  ],
  [
    "counters kept by replace lose no step",
    async (contract, t) => {
      const lake = await contract.open(t);
      const second = await contract.openSecond(t, lake);
      await lake.put("counter", utf8("0"));
      const add = async (by: Lake): Promise<void> => {
        for (let done = 0; done < 10;) {
          const stored = await by.get("counter");
          assert.ok(stored !== null);
          const next = utf8(String(Number(textOf(stored.body)) + 1));
          const answer = await again(async () => by.replace("counter", next, stored.version));
          if (answer === "replaced") done += 1;
        }
      };
      await Promise.all([add(lake), add(second), add(lake)]);
      assert.equal(await read(lake, "counter"), "30");
    },
  ],
];

/** Tries again while the store lets neither of two writers win. */
async function again<T>(operation: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await operation();
    } catch (error) {
      if (!hasCode(error, "E_LAKE_CONFLICT")) throw error;
    }
  }
}
