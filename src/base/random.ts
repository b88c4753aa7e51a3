/** Randomness as an argument, so that a seed replays a run. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
}

/** The host's generator. Not for secrets. */
export const systemRandom: Random = { next: () => Math.random() };

/**
 * A generator whose whole sequence follows from `seed` (mulberry32: 32 bits of state, the same
 * on every platform). Strings are hashed to a seed first (FNV-1a).
 */
export function seededRandom(seed: number | string): Random {
  let state = typeof seed === "number" ? seed >>> 0 : fnv1a(seed);
  return {
    next: () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
    },
  };
}

/** A whole number in [0, below). */
export function randomInt(random: Random, below: number): number {
  return Math.floor(random.next() * below);
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  return hash >>> 0;
}
