const hashBits = 52;

/**
 * A hash of text in [0, 2^52), for telling whether what is published under one identity has
 * changed: two contents of a bar agree by chance once in 4.5e15. Not for anything an adversary
 * could gain by (two lanes of multiply and xor, after cyrb53).
 */
export function contentHash(text: string): number {
  let left = 0xdeadbeef;
  let right = 0x41c6ce57;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    left = Math.imul(left ^ unit, 2_654_435_761);
    right = Math.imul(right ^ unit, 1_597_334_677);
  }
  const high = mix(left, right) >>> (64 - hashBits);
  return high * 4_294_967_296 + (mix(right, left) >>> 0);
}

function mix(lane: number, other: number): number {
  const mixed = Math.imul(lane ^ (lane >>> 16), 2_246_822_507);
  return mixed ^ Math.imul(other ^ (other >>> 13), 3_266_489_909);
}
