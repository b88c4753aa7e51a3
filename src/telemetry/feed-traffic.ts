/** What has gone over a feed's connections since the start, all of them together. */
export interface FeedTraffic {
  /** Connections that are up now. */
  readonly connections: number;
  /** Connections that were opened. */
  readonly connects: number;
  /** Of these, those that took the place of one that was no more. */
  readonly reconnects: number;
  /** Attempts to connect that failed. */
  readonly connectFailures: number;
  readonly messages: number;
  readonly heartbeats: number;
  /** Frames that could not be read as they were announced. */
  readonly frameFaults: number;
  /** Messages of known names that were not understood. */
  readonly malformed: number;
}

/** What tells of its connections, where it has any. */
export interface HasTraffic {
  traffic?(): FeedTraffic;
}

export const noTraffic: FeedTraffic = {
  connections: 0,
  connects: 0,
  reconnects: 0,
  connectFailures: 0,
  messages: 0,
  heartbeats: 0,
  frameFaults: 0,
  malformed: 0,
};
