import { EgxError } from "../base/errors.ts";
import { z } from "../base/schema.ts";
import { DatabaseError, type Database } from "../parquet/duckdb.ts";

/** No query of a person's is longer; a list of symbols fits well. */
const queryCharactersMax = 1_000_000;

/** Table functions that make rows out of nothing or of their arguments. All others are refused. */
const tableFunctions: ReadonlySet<string> = new Set([
  "generate_series",
  "json_each",
  "json_tree",
  "range",
  "repeat",
  "unnest",
]);

/** Functions with an effect beyond the answer, or that tell of this machine's set-up. */
const refusedFunctions: ReadonlySet<string> = new Set(["current_setting", "nextval", "write_log"]);

/** EXPLAIN is no part of the statement that it explains. */
const explainPattern = /^\s*explain\s+(?:analyze\s+)?(?:\(\s*(?:analyze|format)\b[\w\s,]*\)\s*)?/i;
/** A table of this name would be a file or an address. */
const filePattern = /[/\\.:*?]/;
/** The engine's own tables, which tell of its settings and files. */
const systemPattern = /^(?:duckdb|pg|pragma|sqlite)_/i;

const parsedSchema = z.union([
  z.object({ error: z.literal(false), statements: z.array(z.unknown()) }),
  z.object({
    error: z.literal(true),
    error_type: z.string(),
    error_message: z.string(),
    position: z.string().optional(),
  }),
]);

/**
 * Whether a text is one SELECT (or an EXPLAIN of one) that reads tables by name alone, decided by
 * DuckDB's own parser before anything is bound or run. What passes still runs in an engine that
 * reaches no other file.
 * @throws E_QUERY when it is no SQL, E_QUERY_REFUSED when it would do anything else than read.
 */
export async function checkQuery(database: Database, sql: string): Promise<void> {
  if (sql.length > queryCharactersMax) {
    throw new EgxError("E_QUERY", `a query has at most ${queryCharactersMax} characters`);
  }
  const explain = explainPattern.exec(sql)?.[0] ?? "";
  const statements = await parseSelects(database, sql, explain.length);
  if (statements.length === 0) throw new EgxError("E_QUERY", "there is no query");
  if (statements.length > 1) throw refused("it is more than one statement");
  for (const node of nodesOf(statements)) {
    const reason = refusal(node);
    if (reason !== null) throw refused(reason);
  }
}

/** The same SELECT in one piece: without comments, and without the semicolon at its end. */
export async function plainSelect(database: Database, sql: string): Promise<string> {
  const rows = await database.rows("SELECT json_deserialize_sql(json_serialize_sql($1::VARCHAR))", [
    sql,
  ]);
  return z.string().parse(rows[0]?.[0]).replace(/;\s*$/, "");
}

/**
 * What DuckDB said about a query, with the place in it.
 * @param sql the query as it was given.
 */
export function queryError(error: unknown, sql: string): unknown {
  if (!(error instanceof DatabaseError)) return error;
  if (error.type === "permission") {
    return new EgxError("E_QUERY_REFUSED", error.message, { cause: error });
  }
  if (error.type === "out of memory") {
    return new EgxError("E_QUERY_LIMIT", error.message, { cause: error });
  }
  const place = error.position === null ? null : placeOf(sql, error.position);
  const text = place === null ? error.message : `${error.message}\n\n${place.picture}`;
  return new EgxError("E_QUERY", text, {
    cause: error,
    details: {
      type: error.type,
      candidates: error.candidates,
      ...(place === null ? {} : { line: place.line, column: place.column }),
    },
  });
}

async function parseSelects(
  database: Database,
  sql: string,
  from: number,
): Promise<readonly unknown[]> {
  const rows = await database.rows(
    "SELECT json_serialize_sql($1::VARCHAR, skip_null := true, skip_empty := true)",
    [sql.slice(from)],
  );
  const parsed = parsedSchema.parse(JSON.parse(z.string().parse(rows[0]?.[0])));
  if (!parsed.error) return parsed.statements;
  if (parsed.error_type !== "parser") throw refused("it is no SELECT");
  const position = parsed.position === undefined ? null : Number(parsed.position);
  const facts = { type: "Parser", message: parsed.error_message };
  throw queryError(
    new DatabaseError({
      ...facts,
      position: position === null ? null : position + Buffer.byteLength(sql.slice(0, from)),
      candidates: [],
    }),
    sql,
  );
}

function refusal(node: SyntaxNode): string | null {
  if (node.type === "TABLE_FUNCTION") {
    const name = functionName(node.function);
    return tableFunctions.has(name) ? null : `it reads ${name}(), which is no view`;
  }
  if (node.type === "BASE_TABLE") {
    const name = node.table_name ?? "";
    const foreign = filePattern.test(name) || systemPattern.test(name);
    return foreign ? `it reads "${name}", which is no view` : null;
  }
  if (node.class !== "FUNCTION" || !refusedFunctions.has(functionName(node))) return null;
  return `it calls ${functionName(node)}()`;
}

function functionName(node: unknown): string {
  const name = nodeSchema.safeParse(node).data?.function_name;
  return name?.toLowerCase() ?? "";
}

const nodeSchema = z.object({
  type: z.string().optional().catch(undefined),
  class: z.string().optional().catch(undefined),
  table_name: z.string().optional().catch(undefined),
  function_name: z.string().optional().catch(undefined),
  function: z.unknown().optional(),
});
type SyntaxNode = z.infer<typeof nodeSchema>;

/** Every object of a syntax tree, however deep. */
function* nodesOf(tree: unknown): Generator<SyntaxNode> {
  const waiting: unknown[] = [tree];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value !== "object" || value === null) continue;
    if (!Array.isArray(value)) yield nodeSchema.parse(value);
    for (const child of Object.values(value)) waiting.push(child);
  }
}

interface Place {
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
  /** The line, and a caret under the place. */
  readonly picture: string;
}

/** @param position in bytes of UTF-8. */
function placeOf(sql: string, position: number): Place {
  const before = Buffer.from(sql).subarray(0, position).toString();
  const lines = before.split("\n");
  const column = (lines.at(-1) ?? "").length + 1;
  const label = `LINE ${lines.length}: `;
  const text = sql.split("\n")[lines.length - 1] ?? "";
  return {
    line: lines.length,
    column,
    picture: `${label}${text}\n${" ".repeat(label.length + column - 1)}^`,
  };
}

function refused(reason: string): EgxError {
  return new EgxError("E_QUERY_REFUSED", `the query is refused: ${reason}`);
}
