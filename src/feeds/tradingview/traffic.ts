import { noTraffic, type FeedTraffic } from "../../telemetry/feed-traffic.ts";

/** Counts what goes over all connections of a feed, through their ends. */
export class Traffic {
  #total = noTraffic;

  get total(): FeedTraffic {
    return this.#total;
  }

  add(name: keyof FeedTraffic, count: number): void {
    if (count !== 0) this.#total = { ...this.#total, [name]: this.#total[name] + count };
  }

  /** A connection is up. */
  opened(isFirst: boolean): void {
    this.add("connections", 1);
    this.add("connects", 1);
    if (!isFirst) this.add("reconnects", 1);
  }

  /** A connection that was up is no more. */
  closed(): void {
    this.add("connections", -1);
  }
}
