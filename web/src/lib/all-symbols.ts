import type { SymbolSummary, SymbolsAnswer } from "../../../src/serve/api/symbols.ts";
import type { Api } from "../api.ts";

/** Every symbol that the server knows, page by page. */
export async function allSymbols(
  api: Api,
  signal?: AbortSignal,
): Promise<readonly SymbolSummary[]> {
  const found: SymbolSummary[] = [];
  let cursor: string | null = null;
  do {
    const answer: SymbolsAnswer = await api.get<SymbolsAnswer>("/symbols", { cursor }, signal);
    found.push(...answer.symbols);
    cursor = answer.next;
  } while (cursor !== null);
  return found;
}
