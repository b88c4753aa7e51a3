import type { ErrorCode } from "../../base/error-codes.ts";
import { EgxError } from "../../base/errors.ts";
import { z } from "../../base/schema.ts";
import type { Problem } from "../api/common.ts";

const statuses: Readonly<Partial<Record<ErrorCode, number>>> = {
  E_HTTP_REQUEST: 400,
  E_HTTP_UNAUTHORIZED: 401,
  E_HTTP_FORBIDDEN: 403,
  E_HTTP_NOT_FOUND: 404,
  E_HTTP_METHOD: 405,
  E_HTTP_TOO_LARGE: 413,
  E_HTTP_MEDIA_TYPE: 415,
  E_HTTP_BUSY: 503,
  E_USAGE: 400,
  E_BAR_SYMBOL: 400,
  E_QUERY: 400,
  E_QUERY_REFUSED: 400,
  E_QUERY_LIMIT: 422,
  E_TRACE_NOTHING: 404,
  E_ABORTED: 503,
};

const placeSchema = z.object({
  line: z.int().optional(),
  column: z.int().optional(),
  candidates: z.array(z.string()).optional(),
});

const typeBase = "urn:egx:error:";

/** The HTTP status of an error. */
export function statusOf({ code, retryable }: EgxError): number {
  return statuses[code] ?? (retryable ? 503 : 500);
}

/** An error as its answer. What went wrong inside is not told: it may name files and addresses. */
export function problemOf(error: EgxError): Problem {
  const status = statusOf(error);
  const { code, hint } = error;
  const known = statuses[code] !== undefined;
  const detail = known ? error.message : insideText(status);
  const place = known ? (placeSchema.safeParse(error.details).data ?? {}) : {};
  const title = code.slice(2).toLowerCase().replaceAll("_", " ");
  return { type: `${typeBase}${code}`, title, status, detail, code, hint, ...place };
}

/** A request that is not understood. */
export function badRequest(text: string): EgxError {
  return new EgxError("E_HTTP_REQUEST", text);
}

function insideText(status: number): string {
  return status === 503
    ? "a part that is needed does not answer; it is tried again"
    : "the server failed; its log says why";
}
