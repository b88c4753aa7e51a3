import type { newsLine } from "../../../../src/serve/api/pipeline.ts";
import type { z } from "../../../../src/base/schema.ts";

export type NewsLine = z.output<typeof newsLine>;

/** Lines that are shown at the most. */
export const newsMax = 200;

/** What happened, newest first, of one level and worse. */
export function newsShown(
  news: readonly NewsLine[],
  level: "all" | "warn" | "error",
): readonly NewsLine[] {
  return news
    .filter((line) => level === "all" || line.level === "error" || line.level === level)
    .toSorted((left, right) => right.id - left.id)
    .slice(0, newsMax);
}

/** The last failures, newest first: also those that are tried again. */
export function lastErrors(news: readonly NewsLine[], most: number): readonly NewsLine[] {
  return newsShown(news, "all")
    .filter(({ level, code }) => level === "error" || code !== null)
    .slice(0, most);
}
