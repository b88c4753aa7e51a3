import type { Channel } from "./console.ts";

type SummaryValue = string | number | boolean | null | ReadonlyMap<string, number>;
/** What a command did, in the order of telling; keys are camelCase for machines. */
export type Summary = Readonly<Record<string, SummaryValue>>;

/**
 * Writes a summary: an aligned list, or one JSON document. The list leaves out what is 0 or null
 * and named in `quiet`; the document never does.
 */
export async function writeSummary(
  out: Channel,
  json: boolean,
  summary: Summary,
  quiet: readonly string[] = [],
): Promise<void> {
  if (json) {
    await out.write(summaryJson(summary));
    return;
  }
  const told = Object.entries(summary).filter(
    ([key, value]) => !quiet.includes(key) || !isNone(value),
  );
  await out.write(summaryText(Object.fromEntries(told), out));
}

function isNone(value: SummaryValue): boolean {
  return value === 0 || value === null || (value instanceof Map && value.size === 0);
}

/** One JSON document of a summary; maps become objects. */
function summaryJson(summary: Summary): string {
  const unfold = (_key: string, value: unknown): unknown =>
    value instanceof Map ? Object.fromEntries(value) : value;
  return `${JSON.stringify(summary, unfold)}\n`;
}

/** A summary as an aligned list. Ends with a newline. */
export function summaryText(summary: Summary, channel: Channel): string {
  const rows = Object.entries(summary).map(([key, value]) => [words(key), shown(value)] as const);
  const width = Math.max(...rows.map(([label]) => label.length));
  return rows
    .map(([label, value]) => `${channel.paint("bold", label.padEnd(width))}  ${value}\n`)
    .join("");
}

/** `1234567` as `1,234,567`. */
export function count(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 3 });
}

/** Dead letters by code: `3 (E_BAR_PRICE 2, E_MESSAGE_JSON 1)`. */
export function byCode(counts: ReadonlyMap<string, number>): string {
  const total = totalOf(counts);
  if (total === 0) return "0";
  const parts = [...counts].toSorted(([left], [right]) => (left < right ? -1 : 1));
  return `${count(total)} (${parts.map(([code, n]) => `${code} ${count(n)}`).join(", ")})`;
}

/** The sum of a map's counts. */
export function totalOf(counts: ReadonlyMap<string, number>): number {
  let total = 0;
  for (const value of counts.values()) total += value;
  return total;
}

function shown(value: SummaryValue): string {
  if (value === null) return "unknown";
  if (typeof value === "number") return count(value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "string" ? value : byCode(value);
}

function words(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
