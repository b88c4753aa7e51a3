/** What the stand-in sends, one frame of it. */
export interface Outgoing {
  /** `timescale_update`, `series_completed` …; `hello` and `heartbeat` for the two without one. */
  readonly method: string;
  readonly payload: string;
  /** How many of this method have been made, this one counted, on all connections. */
  readonly nth: number;
}

/** What becomes of a frame; the default is that it is sent. */
export type Fate =
  | "send"
  | "drop"
  | "twice"
  /** Sent with the next frame, in one message. */
  | "join"
  /** Sent after the next frame. */
  | "swap"
  | { readonly delayMs: number }
  /** Sent, and once more after a time. */
  | { readonly againMs: number }
  /** The message of the socket, instead of the frame. */
  | { readonly text: string };

export function frameOf(payload: string): string {
  return `~m~${payload.length}~m~${payload}`;
}

/** A frame whose length is off by `by`. */
export function wrongLength({ payload }: Outgoing, by: number): Fate {
  return { text: `~m~${payload.length + by}~m~${payload}` };
}

/** A frame that lacks its last `units`, followed by nothing. */
export function truncated({ payload }: Outgoing, units: number): Fate {
  return { text: frameOf(payload).slice(0, -units) };
}

/** A frame with its length in UTF-8 bytes, as some clients read it. */
export function countedInBytes({ payload }: Outgoing): Fate {
  return { text: `~m~${Buffer.byteLength(payload)}~m~${payload}` };
}

/** Sends texts in order, each `latencyMs` after it was given, as its fate is. */
export class Outbox {
  readonly #send: (text: string) => void;
  readonly #latencyMs: () => number;
  #held = "";
  #swapped = "";
  readonly #due: { readonly text: string; readonly dueMs: number }[] = [];

  constructor(send: (text: string) => void, latencyMs: () => number) {
    this.#send = send;
    this.#latencyMs = latencyMs;
  }

  put(frame: Outgoing, fate: Fate): void {
    const text = frameOf(frame.payload);
    if (fate === "drop") return;
    if (fate === "join") this.#held += text;
    else if (fate === "swap") this.#swapped += text;
    else if (fate === "send") this.#now(text);
    else if (fate === "twice") {
      this.#now(text);
      this.#now(text);
    } else if ("text" in fate) this.#now(fate.text);
    else if ("delayMs" in fate) setTimeout(() => this.#send(text), fate.delayMs).unref();
    else {
      this.#now(text);
      setTimeout(() => this.#now(text), fate.againMs).unref();
    }
  }

  #now(text: string): void {
    const whole = this.#held + text;
    this.#held = "";
    this.#later(whole);
    if (this.#swapped !== "") this.#later(this.#swapped);
    this.#swapped = "";
  }

  /** One timer for all of them: timers of nearly one length may fire out of their order. */
  #later(text: string): void {
    const latencyMs = this.#latencyMs();
    if (latencyMs <= 0 && this.#due.length === 0) {
      this.#send(text);
      return;
    }
    const lastDueMs = this.#due.at(-1)?.dueMs ?? 0;
    this.#due.push({ text, dueMs: Math.max(lastDueMs, performance.now() + latencyMs) });
    if (this.#due.length === 1) this.#wait();
  }

  #wait(): void {
    const [next] = this.#due;
    if (next === undefined) return;
    const send = (): void => {
      this.#due.shift();
      this.#send(next.text);
      this.#wait();
    };
    const waitMs = next.dueMs - performance.now();
    if (waitMs <= 0) send();
    else setTimeout(send, waitMs).unref();
  }
}
