import { utf8 } from "../../../src/base/bytes.ts";
import { message } from "../consumer-rig.ts";
import type { Poison } from "./generator.ts";

const good = message(0);
const changed = (from: string, to: string): Uint8Array => {
  if (!good.includes(from)) throw new TypeError(`no ${from} in ${good}`);
  return utf8(good.replace(from, to));
};

/** Ten kinds of records that are no valid message. */
export const poison: readonly Poison[] = [
  { name: "no JSON", value: utf8("Hello?") },
  { name: "no value", value: null },
  { name: "a price of 0", value: changed('"close":10.5', '"close":0') },
  { name: "NaN", value: changed('"close":10.5', '"close":NaN') },
  { name: "high below low", value: changed('"high":11', '"high":1') },
  { name: "a negative volume", value: changed('"volume":100', '"volume":-1') },
  { name: "a symbol that leaves its folder", value: changed('"COMI"', '"../../etc"') },
  { name: "a field missing", value: changed('"interval":"1 Minute",', "") },
  { name: "a later version", value: changed('"v":1', '"v":2') },
  { name: "no UTF-8", value: Uint8Array.of(0x7b, 0xff, 0xfe, 0x7d) },
  { name: "a simulated bar in a real lake", value: changed('"tradingview"', '"simulator"') },
  { name: "a reserved field", value: changed('"v":1', '"v":1,"log_offset":7') },
  { name: "nearly a megabyte", value: utf8("x".repeat(900_000)) },
];
