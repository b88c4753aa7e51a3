import { writeFileSync } from "node:fs";
import path from "node:path";
import { systemClock } from "../../../src/base/clock.ts";
import { cairoDateOf } from "../../../src/market/cairo-time.ts";

/** Writes, into `folder`, a calendar in which the exchange is open all day, or closed, around the host's present. */
export function exchangeToday(folder: string, isOpen: boolean): string {
  const dates = [-1, 0, 1].map((days) => cairoDateOf(systemClock.nowMs() + days * 86_400_000));
  const changes = isOpen
    ? {
        open: dates,
        hours: [{ since: dates[0], phases: [{ name: "continuous", from: "00:00", to: "23:59" }] }],
      }
    : { closed: dates.map((date) => ({ date, name: "a Friday" })) };
  const file = path.join(folder, "calendar.json");
  writeFileSync(file, JSON.stringify(changes));
  return file;
}
