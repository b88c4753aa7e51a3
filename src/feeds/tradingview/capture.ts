import type { Clock } from "../../base/clock.ts";
import type { Tap } from "./connection.ts";
import { decodeFrames, encodeCommand, type Frame } from "./frames.ts";

export interface CaptureOptions {
  /** Takes one line of the capture, with its line break. */
  readonly write: (line: string) => void;
  readonly clock: Clock;
  /** Never written. */
  readonly token: string | null;
}

/** One line of a capture, as JSON. */
export interface CapturedText {
  /** When it went over the socket by the host's clock, epoch milliseconds. */
  readonly atMs: number;
  readonly direction: "in" | "out";
  /** As it was, but for tokens. */
  readonly text: string;
}

const removed = "removed";

/**
 * A tap that records what goes over the sockets as NDJSON, one {@link CapturedText} a line. Tokens
 * are left out, so that a capture can be given to others.
 */
export function captureTap({ write, clock, token }: CaptureOptions): Tap {
  return (direction, text) => {
    const line: CapturedText = { atMs: clock.nowMs(), direction, text: withoutToken(text, token) };
    write(`${JSON.stringify(line)}\n`);
  };
}

function withoutToken(text: string, token: string | null): string {
  if (decodeFrames(text).frames.some(isToken)) return encodeCommand("set_auth_token", [removed]);
  return token === null || token === "" ? text : text.replaceAll(token, removed);
}

function isToken(frame: Frame): boolean {
  return frame.kind === "json" && "m" in frame.value && frame.value.m === "set_auth_token";
}
