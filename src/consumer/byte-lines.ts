const firstBytes = 512;
const growth = 1.5;
const lineBreak = 10;

/**
 * Lines as UTF-8, each with its line break, in one run of bytes outside of the heap: a batch holds
 * hundreds of thousands, and as texts they would take several times the memory.
 */
export class ByteLines {
  #bytes = Buffer.allocUnsafeSlow(firstBytes);
  #length = 0;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** All lines; shares the memory, so nothing may be added afterwards. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Adds a line, and answers how many bytes it takes. */
  add(line: string): number {
    const before = this.#length;
    // A character takes three bytes at the most; only near the end does it matter how many.
    if (before + line.length * 3 + 1 > this.#bytes.length) {
      this.#reserve(before + Buffer.byteLength(line) + 1);
    }
    this.#length += this.#bytes.write(line, before);
    this.#bytes[this.#length] = lineBreak;
    this.#length += 1;
    this.#count += 1;
    return this.#length - before;
  }

  #reserve(needed: number): void {
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, Math.ceil(this.#bytes.length * growth)));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
