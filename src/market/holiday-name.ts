import { holidayNameRows } from "./data/holiday-names.ts";

const arabicNames = new Map(holidayNameRows);

/**
 * The Arabic name of why the exchange is closed, `Eid al-Fitr` or `Labour Day, Coptic Easter`;
 * null for what an operator has named.
 */
export function arabicHolidayName(name: string): string | null {
  const parts = name.split(", ").map((part) => arabicNames.get(part) ?? null);
  return parts.includes(null) ? null : parts.join("، ");
}
