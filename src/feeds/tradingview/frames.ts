/**
 * The feed's framing: `~m~<length>~m~<payload>`, one or more of them back to back in a message of
 * the socket. Lengths count UTF-16 units, as the vendor's own client does. What is sent is ASCII
 * alone, so that it has the same length however a server counts.
 */
export type Frame =
  /** To be sent back as it is. */
  | { readonly kind: "heartbeat"; readonly payload: string }
  /** A JSON object. */
  | { readonly kind: "json"; readonly value: object };

export interface DecodedFrames {
  readonly frames: readonly Frame[];
  /** Places that were no frames, or whose length was wrong. */
  readonly faults: number;
  /** Of these, how many may have been a frame that is lost. */
  readonly lost: number;
}

interface Payload {
  readonly frame: Frame | null;
  /** Where the next frame is looked for. */
  readonly next: number;
  readonly fault: boolean;
}

const separator = "~m~";
const headerHere = /~m~(\d{1,9})~m~/y;
const headerAnywhere = /~m~\d{1,9}~m~/g;
const heartbeat = /^~h~\d+$/;
const beyondAscii = /[\u007f-\uffff]/g;

/** A payload as a frame. */
export function encodeFrame(payload: string): string {
  return `${separator}${payload.length}${separator}${payload}`;
}

/** A command as a frame, in ASCII. */
export function encodeCommand(name: string, parameters: readonly unknown[]): string {
  const json = JSON.stringify({ m: name, p: parameters });
  return encodeFrame(
    json.replaceAll(
      beyondAscii,
      (unit) => String.raw`\u` + unit.charCodeAt(0).toString(16).padStart(4, "0"),
    ),
  );
}

/**
 * The frames of one message of the socket; never throws. After a fault it goes on at the next
 * `~m~<length>~m~`: no more than the frame at fault is lost, and not even that when its payload is
 * whole and only its length is wrong.
 */
export function decodeFrames(text: string): DecodedFrames {
  const frames: Frame[] = [];
  let faults = 0;
  let lost = 0;
  for (let at = 0; at < text.length;) {
    headerHere.lastIndex = at;
    const header = headerHere.exec(text);
    if (header === null) {
      faults += 1;
      lost += 1;
      at = nextHeader(text, at + 1);
      continue;
    }
    const payload = readPayload(text, headerHere.lastIndex, Number(header[1]));
    if (payload.frame === null) lost += 1;
    else frames.push(payload.frame);
    if (payload.fault) faults += 1;
    at = payload.next;
  }
  return { frames, faults, lost };
}

function readPayload(text: string, start: number, length: number): Payload {
  const end = start + length;
  const frame = end > text.length ? null : parsePayload(text.slice(start, end));
  const bounded = end === text.length || text.startsWith(separator, end);
  // A cut JSON object never parses; a cut heartbeat is one of another number.
  if (frame !== null && (bounded || frame.kind === "json")) {
    return { frame, next: end, fault: false };
  }
  const next = nextHeader(text, start);
  // What parses here is whole, and its length was counted in another way.
  const rescued = parsePayload(text.slice(start, next));
  return { frame: rescued?.kind === "json" ? rescued : null, next, fault: true };
}

function nextHeader(text: string, from: number): number {
  headerAnywhere.lastIndex = from;
  return headerAnywhere.exec(text)?.index ?? text.length;
}

function parsePayload(payload: string): Frame | null {
  if (heartbeat.test(payload)) return { kind: "heartbeat", payload };
  try {
    const value: unknown = JSON.parse(payload.startsWith("~j~") ? payload.slice(3) : payload);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
    return { kind: "json", value };
  } catch {
    return null;
  }
}
