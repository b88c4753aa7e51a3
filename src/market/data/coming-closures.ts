import type { Closure, ClosureKind } from "../closure.ts";

/** Date, name, kind, certainty, and how the date follows. */
type Row = readonly [string, string, ClosureKind, "expected" | "moon", string];

const onThursday = "moved to the Thursday, as since 2020";
const onItsDay = "kept on its date, as every Sunday and Thursday since 2022";
const easter = "the Coptic reckoning";
const ummAlQura = "Umm al-Qura";

/**
 * What is to be expected after the known closures, until the end of 2027. Days that fall on a
 * Friday are taken the Thursday before, those on a Saturday are lost: 1 January 2027, and Labour
 * Day 2027, beside Easter. Islamic days follow the computed calendar: Eid al-Fitr
 * and the two days after it, Eid al-Adha and the three days after it.
 */
const rows: readonly Row[] = [
  ["2026-10-08", "Armed Forces Day", "observed", "expected", onThursday],
  ["2027-01-07", "Coptic Christmas", "fixed", "expected", onItsDay],
  ["2027-01-28", "25 January Revolution", "observed", "expected", onThursday],
  ["2027-03-09", "Eid al-Fitr", "islamic", "moon", ummAlQura],
  ["2027-03-10", "Eid al-Fitr", "islamic", "moon", ummAlQura],
  ["2027-03-11", "Eid al-Fitr", "islamic", "moon", ummAlQura],
  ["2027-04-25", "Sinai Liberation Day", "fixed", "expected", onItsDay],
  ["2027-05-02", "Coptic Easter", "coptic", "expected", easter],
  ["2027-05-03", "Sham El-Nessim", "coptic", "expected", easter],
  ["2027-05-16", "Eid al-Adha", "islamic", "moon", ummAlQura],
  ["2027-05-17", "Eid al-Adha", "islamic", "moon", ummAlQura],
  ["2027-05-18", "Eid al-Adha", "islamic", "moon", ummAlQura],
  ["2027-05-19", "Eid al-Adha", "islamic", "moon", ummAlQura],
  ["2027-06-10", "Hijri New Year", "observed", "moon", `${ummAlQura}; ${onThursday}`],
  ["2027-07-01", "30 June Revolution", "observed", "expected", onThursday],
  ["2027-07-22", "23 July Revolution", "observed", "expected", onThursday],
  [
    "2027-08-15",
    "Mawlid",
    "islamic",
    "moon",
    `${ummAlQura}: Saturday the 14th; the Sunday after, as in 2019`,
  ],
  ["2027-10-07", "Armed Forces Day", "observed", "expected", onThursday],
];

/** The last date that is looked ahead to. */
export const closuresExpectedUntil = "2027-12-31";

export const comingClosures: readonly Closure[] = rows.map(
  ([date, name, kind, certainty, source]) => ({ date, name, kind, certainty, source }),
);
