import type { SilverSnapshot } from "./silver-snapshot.ts";

/** A value that is worked out once for each state of silver, and forgotten with it. */
export class PerSnapshot<T> {
  readonly #values = new WeakMap<SilverSnapshot, Map<string, Promise<T>>>();

  /** The value of `key`; what failed is tried again by the next who asks. */
  async of(snapshot: SilverSnapshot, key: string, make: () => Promise<T>): Promise<T> {
    const known = this.#values.get(snapshot) ?? new Map<string, Promise<T>>();
    this.#values.set(snapshot, known);
    const before = known.get(key);
    if (before !== undefined) return before;
    const value = make();
    known.set(key, value);
    try {
      return await value;
    } catch (error) {
      known.delete(key);
      throw error;
    }
  }
}
