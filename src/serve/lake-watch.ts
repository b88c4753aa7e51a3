import type { Clock } from "../base/clock.ts";
import { toEgxError } from "../base/errors.ts";
import type { Lake } from "../lake/lake.ts";
import { listGaps } from "../ledger/gaps.ts";
import { OpenDeadLetters } from "../ledger/open-dead-letters.ts";
import { CertificateCounts, type CertificateCount } from "../quality/certificate-counts.ts";
import type { EventSink } from "../telemetry/events.ts";
import { every } from "./every.ts";

/** What waits for somebody in the lake. */
export interface LakeState {
  readonly deadLetters: number;
  /** When the oldest was published, epoch milliseconds; null when there is none. */
  readonly oldestLetterMs: number | null;
  readonly gaps: number;
  /** When the oldest was opened, epoch milliseconds; null when there is none. */
  readonly oldestGapMs: number | null;
  /** Of the newest session that has ended, by interval. */
  readonly certificates: readonly CertificateCount[];
}

export interface LakeWatchOptions {
  readonly lake: Lake;
  readonly clock: Clock;
  /** A folder on this machine for what is read of the lake. */
  readonly scratchFolder: string;
  readonly events: EventSink;
}

const lookEveryMs = 60_000;

/** Looks every minute for what waits for somebody in a lake. */
export class LakeWatch {
  readonly #lake: Lake;
  readonly #clock: Clock;
  readonly #events: EventSink;
  readonly #letters: OpenDeadLetters;
  readonly #certificates: CertificateCounts;
  #state: LakeState | null = null;

  constructor({ lake, clock, scratchFolder, events }: LakeWatchOptions) {
    this.#lake = lake;
    this.#clock = clock;
    this.#events = events;
    this.#letters = new OpenDeadLetters(lake);
    this.#certificates = new CertificateCounts(lake, scratchFolder);
  }

  /** As it was at the last look; null before the first one. */
  get state(): LakeState | null {
    return this.#state;
  }

  /** Looks until the signal aborts. A lake that does not answer is asked again. */
  async run(signal: AbortSignal): Promise<void> {
    await every(this.#clock, signal, async () => {
      try {
        await this.look();
      } catch (error) {
        const known = toEgxError(error);
        const operation = "look at the lake";
        this.#events({ kind: "retry", operation, error: known, attempt: 1, waitMs: lookEveryMs });
      }
      return lookEveryMs;
    });
  }

  /** Looks once. @throws E_LEDGER_DAMAGED, and as the lake does. */
  async look(): Promise<LakeState> {
    const { open, oldestMs } = await this.#letters.look();
    let gaps = 0;
    let oldestGapMs: number | null = null;
    for await (const { gap, closing } of listGaps(this.#lake)) {
      if (closing !== null) continue;
      gaps += 1;
      oldestGapMs = Math.min(oldestGapMs ?? Infinity, Date.parse(gap.opened));
    }
    const certificates = await this.#certificates.look();
    this.#state = { deadLetters: open, oldestLetterMs: oldestMs, gaps, oldestGapMs, certificates };
    return this.#state;
  }
}
