const seed = 0x9747b28c;
const multiplier = 0x5bd1e995;

/**
 * MurmurHash2 (32 bits) as Kafka's clients compute it: bytes are taken with their sign stripped,
 * the answer is Java's signed int.
 */
export function murmur2(bytes: Uint8Array): number {
  const length = bytes.length;
  const whole = length & ~3;
  let hash = seed ^ length;
  for (let at = 0; at < whole; at += 4) {
    let word = littleEndian(bytes, at, 4);
    word = Math.imul(word, multiplier);
    word ^= word >>> 24;
    word = Math.imul(word, multiplier);
    hash = Math.imul(hash, multiplier) ^ word;
  }
  if (whole < length) {
    hash = Math.imul(hash ^ littleEndian(bytes, whole, length - whole), multiplier);
  }
  hash ^= hash >>> 13;
  hash = Math.imul(hash, multiplier);
  return (hash ^ (hash >>> 15)) | 0;
}

/**
 * The partition of a key: murmur2 without its sign bit, modulo `partitions`. It is what Kafka's
 * Java client does by default, so that producers of every language agree.
 */
export function partitionOf(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions;
}

function littleEndian(bytes: Uint8Array, at: number, count: number): number {
  let word = 0;
  for (let index = count - 1; index >= 0; index -= 1) {
    word = (word << 8) | (bytes[at + index] ?? 0);
  }
  return word;
}
