const firstBytes = 512;
const growth = 1.5;
const lineBreak = 10;

/**
 * Lines as UTF-8, each with its line break, in one run of bytes outside of the heap: a batch holds
 * hundreds of thousands, and as texts they would take several times the memory.
 */
export class ByteLines {
  #bytes = Buffer.from(new ArrayBuffer(firstBytes));
  #length = 0;
  #count = 0;

  get count(): number {
    return this.#count;
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

  /** All lines, in memory of just their size; a line that is added later may move it away. */
  bytes(): Uint8Array {
    if (this.#length < this.#bytes.length) this.#resize(this.#length);
    return this.#bytes;
  }

  #reserve(needed: number): void {
    if (needed <= this.#bytes.length) return;
    this.#resize(Math.max(needed, Math.ceil(this.#bytes.length * growth)));
  }

  /** The memory before is free at once, and not when the collector comes to it. */
  #resize(bytes: number): void {
    this.#bytes = Buffer.from(this.#bytes.buffer.transfer(bytes));
  }
}
