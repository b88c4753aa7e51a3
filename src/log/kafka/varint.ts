/** Kafka's varints: zigzag, seven bits a byte, least first. Good for ±2^52. */

/** Bytes that {@link writeVarint} takes for a number. */
export function varintSize(value: number): number {
  let left = zigzag(value);
  let size = 1;
  while (left >= 0x80) {
    left = Math.floor(left / 0x80);
    size += 1;
  }
  return size;
}

/** Writes a number and gives the place behind it. */
export function writeVarint(buffer: Buffer, at: number, value: number): number {
  let left = zigzag(value);
  let place = at;
  while (left >= 0x80) {
    buffer[place] = (left % 0x80) | 0x80;
    left = Math.floor(left / 0x80);
    place += 1;
  }
  buffer[place] = left;
  return place + 1;
}

function zigzag(value: number): number {
  return value < 0 ? -value * 2 - 1 : value * 2;
}

/** Reads a buffer from its front; throws a RangeError behind its end. */
export class Cursor {
  private at = 0;
  private readonly buffer: Buffer;

  constructor(buffer: Buffer) {
    this.buffer = buffer;
  }

  skip(bytes: number): void {
    this.at += bytes;
  }

  varint(): number {
    let value = 0;
    let weight = 1;
    for (;;) {
      const byte = this.buffer[this.at];
      if (byte === undefined) throw new RangeError("a record batch ends within a number");
      this.at += 1;
      value += (byte & 0x7f) * weight;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
      weight *= 0x80;
    }
  }

  /** Bytes behind their length; null when the length is -1. */
  bytes(): Buffer | null {
    const length = this.varint();
    if (length < 0) return null;
    const end = this.at + length;
    if (end > this.buffer.length) throw new RangeError("a record batch ends within bytes");
    const bytes = this.buffer.subarray(this.at, end);
    this.at = end;
    return bytes;
  }
}
