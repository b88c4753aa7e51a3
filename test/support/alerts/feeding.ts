import { systemClock } from "../../../src/base/clock.ts";
import { listingOf } from "../tradingview/listings.ts";
import { StandIn } from "../tradingview/server.ts";
import type { Cleanup } from "./cleanup.ts";

/** The symbol that the feed gives. */
export const symbol = "COMI";

/** A feed that follows one symbol as the host's minutes go by, until it is told otherwise. */
export class Feeding {
  /** Null while it is silent; else the age of the minute whose bar it changes. */
  ageMinutes: number | null = 0;
  readonly standIn: StandIn;
  #volume = 0;

  static async start(t: Cleanup, ageMinutes: number | null = 0): Promise<Feeding> {
    const standIn = await StandIn.start({
      listings: [listingOf(symbol, { "1": [] })],
      updateMode: "streaming",
    });
    const feeding = new Feeding(standIn);
    feeding.ageMinutes = ageMinutes;
    const timer = setInterval(() => feeding.#push(), 200);
    t.after(async () => {
      clearInterval(timer);
      await standIn.close();
    });
    feeding.#push();
    return feeding;
  }

  private constructor(standIn: StandIn) {
    this.standIn = standIn;
  }

  #push(): void {
    if (this.ageMinutes === null) return;
    this.#volume += 1;
    const minute = Math.floor(systemClock.nowMs() / 60_000) - this.ageMinutes;
    this.standIn.push(`EGX:${symbol}`, "1", [minute * 60, 20, 21, 19, 20.5, this.#volume]);
  }
}
