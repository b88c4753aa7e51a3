/** The parts of a session, in their order. */
export type PhaseName = "pre-open" | "continuous" | "closing-auction" | "trade-at-close";

/** The phases of a session, in Cairo's wall time, from a date on. */
export interface DatedHours {
  /** The first date on which they are in force, `2021-09-05`. */
  readonly since: string;
  /** In order; `from` is inclusive, `to` exclusive, both `HH:MM`. */
  readonly phases: readonly {
    readonly name: PhaseName;
    readonly from: string;
    readonly to: string;
  }[];
}

/** The regular hours of the main market, the oldest first. */
export const sessionHours: readonly DatedHours[] = [
  {
    // The exchange's decision 205 of 22 July 2014; the close was the day's average price.
    since: "2014-08-07",
    phases: [
      { name: "pre-open", from: "09:30", to: "10:00" },
      { name: "continuous", from: "10:00", to: "14:30" },
    ],
  },
  {
    // The closing auction came with the rules of 2 August 2021.
    since: "2021-09-05",
    phases: [
      { name: "pre-open", from: "09:30", to: "10:00" },
      { name: "continuous", from: "10:00", to: "14:15" },
      { name: "closing-auction", from: "14:15", to: "14:25" },
      { name: "trade-at-close", from: "14:25", to: "14:30" },
    ],
  },
];
