import type { Certainty } from "../closure.ts";

/** Ramadan as it was kept in Egypt, both dates inclusive. */
export interface Ramadan {
  readonly first: string;
  readonly last: string;
  /** That of the dates. */
  readonly certainty: Exclude<Certainty, "unknown">;
  /** That of the hours of its sessions: a notice was read, or other years are followed. */
  readonly hours: Exclude<Certainty, "unknown">;
  /** Where the hours were read. */
  readonly source: string;
}

const otherYears = "elbalad.news/4769144: each year until 13:30";

export const ramadans: readonly Ramadan[] = [
  row("2015-06-18", "2015-07-16", "expected", otherYears),
  row("2016-06-06", "2016-07-05", "expected", otherYears),
  row("2017-05-27", "2017-06-24", "expected", otherYears),
  row("2018-05-17", "2018-06-14", "known", "dotmsr.com, May 2018"),
  row("2019-05-06", "2019-06-04", "expected", otherYears),
  row("2020-04-24", "2020-05-23", "known", "amwalalghad.com, May 2020"),
  row("2021-04-13", "2021-05-12", "known", "elbalad.news/4769144"),
  row("2022-04-02", "2022-05-01", "known", "cairo24.com/1543154"),
  row("2023-03-23", "2023-04-20", "known", "banker.news/45061"),
  row("2024-03-11", "2024-04-09", "known", "mondovisione.com, 7 March 2024"),
  row("2025-03-01", "2025-03-30", "known", "gaya-sa.org, 1 March 2025; 1-minute bars"),
  row("2026-02-19", "2026-03-19", "known", "abi-arab.com, 17 February 2026"),
  {
    first: "2027-02-08",
    last: "2027-03-08",
    certainty: "moon",
    hours: "expected",
    source: "Umm al-Qura; the hours of 2022-2026",
  },
];

function row(first: string, last: string, hours: Ramadan["hours"], source: string): Ramadan {
  return { first, last, certainty: "known", hours, source };
}
