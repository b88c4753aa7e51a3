import { crc32, deflateRawSync } from "node:zlib";

/** A file of a made-up archive, with lies about it if need be. */
export interface ZipFileSpec {
  readonly name: string;
  readonly content: string | Uint8Array;
  /** Stored as it is instead of deflated. */
  readonly stored?: boolean;
  readonly encrypted?: boolean;
  /** What the archive says of its size and check sum, where that is not so. */
  readonly saysBytes?: number;
  readonly saysCrc?: number;
}

/** A zip archive, as archivers write it. */
export function zipOf(files: readonly ZipFileSpec[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const file of files) {
    const content = Buffer.from(file.content);
    const packed = file.stored === true ? content : deflateRawSync(content);
    const name = Buffer.from(file.name);
    const header = Buffer.alloc(26);
    header.writeUInt16LE(20, 0);
    header.writeUInt16LE(file.encrypted === true ? 0x0801 : 0x0800, 2);
    header.writeUInt16LE(file.stored === true ? 0 : 8, 4);
    header.writeUInt32LE(file.saysCrc ?? crc32(content), 10);
    header.writeUInt32LE(packed.length, 14);
    header.writeUInt32LE(file.saysBytes ?? content.length, 18);
    header.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([signature(0x04034b50), header, name, packed]);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(20, 4);
    header.copy(entry, 6);
    entry.writeUInt32LE(offset, 42);
    directory.push(entry, name);
    parts.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, central, end]);
}

function signature(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value, 0);
  return bytes;
}
