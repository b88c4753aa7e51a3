import { z } from "../../base/schema.ts";
import { badRequest } from "./problem.ts";

/** What a route answers: JSON, or a file. */
export type Reply<T> =
  | { readonly json: T }
  | {
      readonly bytes: Uint8Array;
      readonly type: string;
      /** The name under which a browser stores it. */
      readonly fileName: string;
    };

/** A request's parts as they came. */
export interface RawInput {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The parsed JSON of a body; undefined without one. */
  readonly body: unknown;
  /** Aborts when the reader is gone or the time is up. */
  readonly signal: AbortSignal;
}

/** What is known of a route, and what it does with checked input. */
interface RouteSpec<
  P extends z.ZodObject,
  Q extends z.ZodObject,
  B extends z.ZodType,
  A extends z.ZodType,
> {
  readonly method: "get" | "post";
  /** As OpenAPI writes it: `/api/v1/symbols/{symbol}`. */
  readonly path: string;
  readonly tag: string;
  /** One line; no full stop. */
  readonly summary: string;
  readonly description?: string;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly answer: A;
  /** Media types that it may answer beside JSON. */
  readonly files?: readonly string[];
  /** Whether the answer follows from silver, the day and the address alone. */
  readonly cached: boolean;
  /** A header that a page of another site cannot send, and its value. */
  readonly header?: { readonly name: string; readonly value: string };
  readonly handle: (input: {
    readonly params: z.output<P>;
    readonly query: z.output<Q>;
    readonly body: z.output<B>;
    readonly signal: AbortSignal;
  }) => Promise<Reply<z.output<A>>>;
}

/** A route whose types are folded away, so that all of them fit one list. */
export interface Route {
  readonly method: "get" | "post";
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description: string | undefined;
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  readonly body: z.ZodType;
  readonly answer: z.ZodType;
  readonly files: readonly string[];
  readonly cached: boolean;
  readonly header: { readonly name: string; readonly value: string } | null;
  /** @throws E_HTTP_REQUEST for input that is not understood; as the handler does. */
  readonly run: (raw: RawInput) => Promise<Reply<unknown>>;
}

/** For routes without parameters. */
export const nothing = z.strictObject({});
/** For routes without a body. */
export const noBody = z.undefined();

/** Ties a route's facts to its schemas and to what it does. */
export function route<
  P extends z.ZodObject,
  Q extends z.ZodObject,
  B extends z.ZodType,
  A extends z.ZodType,
>(spec: RouteSpec<P, Q, B, A>): Route {
  const { params, query, body, description, files = [], header = null, handle } = spec;
  return {
    ...spec,
    description,
    files,
    header,
    run: async (raw) =>
      handle({
        params: parsed(params, raw.params, "the path"),
        query: parsed(query, onceEach(raw.query), "the query"),
        body: parsed(body, raw.body, "the body"),
        signal: raw.signal,
      }),
  };
}

/** Every parameter, which may be given once. */
function onceEach(query: URLSearchParams): Record<string, string> {
  const names = [...query.keys()];
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw badRequest(`${shown(twice)} is given twice`);
  return Object.fromEntries(query);
}

function parsed<S extends z.ZodType>(schema: S, value: unknown, what: string): z.output<S>;
function parsed(schema: z.ZodType, value: unknown, what: string): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const name = issue?.path.join(".") ?? "";
  const place = name === "" ? what : `${shown(name)} of ${what}`;
  throw badRequest(`${place}: ${issue?.message ?? "is not understood"}`);
}

/** Cut: whoever asks knows what was asked. */
function shown(text: string): string {
  return JSON.stringify(text.slice(0, 60));
}
