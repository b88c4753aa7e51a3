/** Where a reader of a log stands: the next offset of every partition. */
export interface LogPosition {
  /** 8 hexadecimal digits; another topic of the same name has another one. */
  readonly logId: string;
  /** By partition; 0 for those behind its end. */
  readonly next: readonly number[];
}

const pattern = /^([0-9a-f]{8})\.(\d{1,15}(?:-\d{1,15}){0,1023})$/;

/** A position as the id of an event: `9f3c21ab.120-40-33`. */
export function positionText({ logId, next }: LogPosition): string {
  return `${logId}.${next.join("-")}`;
}

/** The position of such a text; null for any other. */
export function parsePosition(text: string): LogPosition | null {
  const [, logId, next] = pattern.exec(text) ?? [];
  if (logId === undefined || next === undefined) return null;
  return { logId, next: next.split("-").map(Number) };
}
