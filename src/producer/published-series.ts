const capacityFirst = 16;
const growth = 1.5;

/**
 * What was published of one series of bars: for each time a number, in two plain arrays sorted by
 * time (16 bytes a bar). Times come nearly always in ascending order, which appends.
 */
export class PublishedSeries {
  #times = new Float64Array(capacityFirst);
  #values = new Float64Array(capacityFirst);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The times, ascending; valid until the next change. */
  get times(): Float64Array {
    return this.#times.subarray(0, this.#length);
  }

  get(timeMs: number): number | undefined {
    const index = this.#indexOf(timeMs);
    return index < this.#length && this.#times[index] === timeMs ? this.#values[index] : undefined;
  }

  /** Sets the number of a time; true when the time is new. */
  set(timeMs: number, value: number): boolean {
    const index = this.#indexOf(timeMs);
    const isNew = index === this.#length || this.#times[index] !== timeMs;
    if (isNew) this.#makeRoomAt(index);
    this.#times[index] = timeMs;
    this.#values[index] = value;
    return isNew;
  }

  /** Forgets all times before `timeMs`; says how many they were. */
  forgetBefore(timeMs: number): number {
    const count = this.#indexOf(timeMs);
    if (count === 0) return 0;
    this.#length -= count;
    this.#times = this.#times.slice(count, count + this.#length + capacityFirst);
    this.#values = this.#values.slice(count, count + this.#length + capacityFirst);
    return count;
  }

  /** The index of the first time that is not before `timeMs`. */
  #indexOf(timeMs: number): number {
    const last = this.#times[this.#length - 1];
    if (last === undefined || timeMs > last) return this.#length;
    let low = 0;
    let high = this.#length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#times[middle] ?? Infinity) < timeMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #makeRoomAt(index: number): void {
    if (this.#length === this.#times.length) {
      const capacity = Math.max(capacityFirst, Math.ceil(this.#length * growth));
      this.#times = grown(this.#times, capacity);
      this.#values = grown(this.#values, capacity);
    }
    this.#times.copyWithin(index + 1, index, this.#length);
    this.#values.copyWithin(index + 1, index, this.#length);
    this.#length += 1;
  }
}

function grown(array: Float64Array, capacity: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(capacity);
  larger.set(array);
  return larger;
}
