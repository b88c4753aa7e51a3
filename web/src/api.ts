import type { Clock } from "../../src/base/clock.ts";
import type { Problem } from "../../src/serve/api/common.ts";
import { parseAnswer } from "./lib/json.ts";
import { openStream, type StreamOptions } from "./live/stream.ts";

/** What every page asks the server by. */
export interface Api {
  /**
   * The answer to GET `/api/v1<path>`; `T` is the answer's type of `src/serve/api/`. Values of
   * `query` that are null or undefined are left out.
   * @throws ApiError; a request that `signal` ended rejects with an AbortError.
   */
  get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T>;
  /**
   * The answer to POST `/api/v1<path>` with a JSON body. What changes something wants its name as
   * `action`, in a header that no page of another origin can send.
   */
  post<T>(path: string, body: unknown, signal?: AbortSignal, action?: string): Promise<T>;
  /** The address of a file to download, with its query. */
  url(path: string, query?: Query): string;
  /** Live events until the answer is called; connects again by itself and loses nothing. */
  stream(options: StreamOptions): () => void;
}

export type Query = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** The server refused or could not be reached. Decide by `code`. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** The server's code (`E_QUERY`); `E_UNREACHABLE` when no server answered. */
  readonly code: string;
  /** The HTTP status; 0 when no server answered. */
  readonly status: number;
  /** The whole answer, where it was one of the server's problems. */
  readonly problem: Problem | null;

  constructor(code: string, status: number, text: string, problem: Problem | null = null) {
    super(text);
    this.code = code;
    this.status = status;
    this.problem = problem;
  }
}

/** Whether a request was given up by whoever asked for it. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

const root = "/api/v1";

export function createApi(clock: Clock): Api {
  const url = (path: string, query: Query = {}): string => {
    const search = new URLSearchParams();
    for (const [key, value] of Object.entries(query)) {
      if (value !== null && value !== undefined) search.set(key, String(value));
    }
    const text = search.toString();
    return `${root}${path}${text === "" ? "" : `?${text}`}`;
  };
  return {
    url,
    get: async (path, query, signal) =>
      ask(url(path, query), { method: "GET", signal: signal ?? null }),
    post: async (path, body, signal, action) =>
      ask(url(path), {
        method: "POST",
        headers: {
          "content-type": "application/json",
          ...(action === undefined ? {} : { "x-egx-action": action }),
        },
        body: JSON.stringify(body),
        signal: signal ?? null,
      }),
    stream: (options) => openStream(`${root}/events`, options, clock),
  };
}

async function ask<T>(address: string, init: RequestInit): Promise<T> {
  const response = await reach(address, init);
  const text = await response.text();
  if (response.ok) return parseAnswer<T>(text);
  throw refusal(response, text);
}

async function reach(address: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(address, init);
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new ApiError("E_UNREACHABLE", 0, "The server does not answer.");
  }
}

function refusal(response: Response, text: string): ApiError {
  // A server that was started anew knows no earlier sign-in.
  if (response.status === 401) location.assign("/login");
  const isProblem = response.headers.get("content-type")?.includes("problem+json") === true;
  if (!isProblem) return new ApiError(`E_HTTP_${response.status}`, response.status, text);
  const problem = parseAnswer<Problem>(text);
  return new ApiError(problem.code, response.status, problem.detail, problem);
}
