import type { Certainty } from "./closure.ts";
import { ramadans, type Ramadan } from "./data/ramadan.ts";

/** The parts of a session, in their order. */
export type PhaseName = "pre-open" | "continuous" | "closing-auction" | "trade-at-close";

/** A part of a session on Cairo's wall clock; times are `HH:MM`. */
export interface PhaseHours {
  readonly name: PhaseName;
  /** Inclusive. */
  readonly from: string;
  /** Exclusive. */
  readonly to: string;
  /** Where the end is drawn at random: the earliest one; `to` is then the latest. */
  readonly endsFrom?: string;
}

/** The phases of a session, in force from a date on. */
export interface DatedHours {
  /** The first date on which they are in force, `2021-09-05`. */
  readonly since: string;
  /** The last date, inclusive; without one they hold until the next hours without one. */
  readonly until?: string;
  /** What people call them, `Ramadan`. */
  readonly name?: string;
  /** `known` where nothing is said. */
  readonly certainty?: Certainty;
  /** Where they are known from. */
  readonly source?: string;
  /** In order. */
  readonly phases: readonly PhaseHours[];
}

const preOpen: PhaseHours = { name: "pre-open", from: "09:30", to: "10:00" };
/** Since 2021 the opening price is fixed at a random moment of the last ten minutes. */
const randomPreOpen: PhaseHours = { ...preOpen, endsFrom: "09:50" };

/** The regular hours of the main market, the oldest first. */
export const sessionHours: readonly DatedHours[] = [
  {
    since: "1990-01-01",
    name: "before 2011",
    certainty: "expected",
    source: "dailynewsegypt.com, 8 February 2011; nothing was read on when they began",
    phases: [
      { name: "pre-open", from: "09:45", to: "10:30", endsFrom: "10:15" },
      { name: "continuous", from: "10:30", to: "14:30" },
    ],
  },
  {
    since: "2011-03-23",
    name: "after the revolution",
    source: "dailynewsegypt.com, 8 February 2011",
    phases: [{ name: "continuous", from: "10:30", to: "13:30" }],
  },
  {
    since: "2012-01-01",
    name: "four hours",
    certainty: "unknown",
    source: "gulfnews.com, July 2014: four hours until then; nothing was read on since when",
    phases: [{ name: "continuous", from: "10:30", to: "14:30" }],
  },
  {
    since: "2014-08-07",
    name: "until 2021",
    source: "feas.org: the exchange's decision 205 of 22 July 2014; the close is the day's average",
    phases: [preOpen, { name: "continuous", from: "10:00", to: "14:30" }],
  },
  {
    since: "2021-09-05",
    name: "with a closing auction",
    source: "feas.org, 2 August 2021; 1-minute bars of 2024-2025",
    phases: [
      randomPreOpen,
      { name: "continuous", from: "10:00", to: "14:15" },
      { name: "closing-auction", from: "14:15", to: "14:25", endsFrom: "14:23" },
      { name: "trade-at-close", from: "14:25", to: "14:30" },
    ],
  },
];

const shortDay: DatedHours["phases"] = [
  preOpen,
  { name: "continuous", from: "10:00", to: "13:30" },
];
const shortDayWithAuction: DatedHours["phases"] = [
  randomPreOpen,
  { name: "continuous", from: "10:00", to: "13:15" },
  { name: "closing-auction", from: "13:15", to: "13:25", endsFrom: "13:23" },
  { name: "trade-at-close", from: "13:25", to: "13:30" },
];

/** What Ramadan's hours are called. */
export const ramadanName = "Ramadan";

/** The hours that replace the regular ones between two dates; of two on one date the later counts. */
export const seasonHours: readonly DatedHours[] = [
  {
    // The curfew began on Wednesday, 25 March 2020.
    since: "2020-03-25",
    until: "2020-05-28",
    name: "COVID-19",
    source: "amwalalghad.com, March and May 2020",
    phases: shortDay,
  },
  ...ramadans.map(ramadanHours),
];

function ramadanHours({ first, last, certainty, hours, source }: Ramadan): DatedHours {
  return {
    since: first,
    until: last,
    name: ramadanName,
    certainty: certainty === "moon" ? "moon" : hours,
    source,
    phases: first < "2021-09-05" ? shortDay : shortDayWithAuction,
  };
}
