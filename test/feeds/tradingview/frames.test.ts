import assert from "node:assert/strict";
import { suite, test } from "node:test";
import * as fc from "fast-check";
import {
  decodeFrames,
  encodeCommand,
  encodeFrame,
  type Frame,
} from "../../../src/feeds/tradingview/frames.ts";

const json = (value: object): Frame => ({ kind: "json", value });

/** Text as feeds and attackers write it: Arabic, astral characters, and what looks like a header. */
const texts = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("البنك التجاري الدولي", "~m~5~m~", "~m~", "~h~1", "𐦠", '{"m":"du"}'),
);
const payloads = fc.record({ m: texts, p: fc.array(fc.oneof(texts, fc.double({ noNaN: true }))) });
const normalised = (value: object): unknown => JSON.parse(JSON.stringify(value));

suite("frames", () => {
  test("several frames of a message are read in order", () => {
    const text = `${encodeFrame("~h~7")}${encodeFrame('{"a":1}')}${encodeFrame('~j~{"b":2}')}`;
    assert.deepEqual(decodeFrames(text), {
      frames: [{ kind: "heartbeat", payload: "~h~7" }, json({ a: 1 }), json({ b: 2 })],
      faults: 0,
      lost: 0,
    });
  });

  test("lengths count UTF-16 units", () => {
    const payload = JSON.stringify({ description: "البنك التجاري الدولي 𐦠" });
    assert.deepEqual(decodeFrames(`${encodeFrame(payload)}${encodeFrame("{}")}`), {
      frames: [json({ description: "البنك التجاري الدولي 𐦠" }), json({})],
      faults: 0,
      lost: 0,
    });
  });

  test("a length in bytes is a fault that loses nothing", () => {
    const payload = JSON.stringify({ description: "البنك التجاري الدولي" });
    const counted = `~m~${Buffer.byteLength(payload)}~m~${payload}`;
    assert.deepEqual(decodeFrames(`${counted}${encodeFrame('{"a":1}')}`), {
      frames: [json({ description: "البنك التجاري الدولي" }), json({ a: 1 })],
      faults: 1,
      lost: 0,
    });
  });

  test("a payload that holds a header is not cut", () => {
    const payload = JSON.stringify({ text: "~m~5~m~~h~1" });
    assert.deepEqual(decodeFrames(encodeFrame(payload)).frames, [json({ text: "~m~5~m~~h~1" })]);
  });

  test("commands are ASCII, and read back as they were", () => {
    const sent = encodeCommand("resolve_symbol", ["cs_1", "المصرية 𐦠"]);
    assert.match(sent, /^[\u0020-\u007e]+$/);
    assert.deepEqual(decodeFrames(sent), {
      frames: [json({ m: "resolve_symbol", p: ["cs_1", "المصرية 𐦠"] })],
      faults: 0,
      lost: 0,
    });
  });

  test("what is sent is what is read, whatever it holds", () => {
    fc.assert(
      fc.property(fc.array(payloads, { minLength: 1 }), (values) => {
        const text = values.map((value) => encodeCommand(value.m, value.p)).join("");
        assert.deepEqual(decodeFrames(text), {
          frames: values.map((value) => ({ kind: "json", value: normalised(value) })),
          faults: 0,
          lost: 0,
        });
      }),
    );
  });

  test("any text is read without a crash", () => {
    const noise = fc.array(
      fc.oneof(texts, fc.constantFrom("~m~4~m~", "~m~999999999~m~", "{", "}", "~m~0~m~")),
    );
    fc.assert(
      fc.property(noise, (parts) => {
        const { frames, faults, lost } = decodeFrames(parts.join(""));
        assert.ok(lost <= faults && frames.length + lost <= parts.length * 200);
      }),
      { numRuns: 500 },
    );
  });

  test("after a frame at fault the next one is read, and none is made up", () => {
    const damage = fc.record({
      kind: fc.constantFrom("cut", "short", "long", "noise", "headless"),
      by: fc.integer({ min: 1, max: 40 }),
    });
    const values = fc.array(
      fc.record({ n: fc.integer(), t: fc.constantFrom("COMI", "مصر", "~m~") }),
      { minLength: 3, maxLength: 8 },
    );
    fc.assert(
      fc.property(values, fc.nat(), damage, (list, place, { kind, by }) => {
        const bad = place % list.length;
        const sent = list.map((value, index) => {
          const payload = JSON.stringify(value);
          return index === bad ? damaged(payload, kind, by) : encodeFrame(payload);
        });
        const read = decodeFrames(sent.join("")).frames.map((frame) => JSON.stringify(frame));
        const whole = list.map((value) => JSON.stringify(json(value)));
        for (const frame of read) assert.ok(whole.includes(frame), `${frame} was not sent`);
        const others = whole.filter((_, index) => index !== bad);
        const { lost } = decodeFrames(sent.join(""));
        assert.equal(lost > 0, read.length < whole.length, "what is lost is noticed");
        assert.ok(read.length >= others.length, "only the frame at fault may be lost");
        for (const other of others) assert.ok(read.includes(other), `${other} was lost`);
      }),
      { numRuns: 1000 },
    );
  });
});

function damaged(payload: string, kind: string, by: number): string {
  const { length } = payload;
  if (kind === "cut") return `~m~${length}~m~${payload.slice(0, -Math.min(by, length - 1))}`;
  if (kind === "short") return `~m~${Math.max(0, length - by)}~m~${payload}`;
  if (kind === "long") return `~m~${length + by}~m~${payload}`;
  return kind === "noise" ? `~m~${"#".repeat(by)}~m` : payload;
}
