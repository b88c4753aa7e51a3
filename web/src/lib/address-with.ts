/** The address of `path` with some of a query's choices changed; null takes one out. */
export function addressWith(
  path: string,
  query: URLSearchParams,
  changes: Readonly<Record<string, string | null>>,
): string {
  const changed = new URLSearchParams(query);
  for (const [key, value] of Object.entries(changes)) {
    if (value === null || value === "") changed.delete(key);
    else changed.set(key, value);
  }
  const text = changed.toString();
  return text === "" ? path : `${path}?${text}`;
}
