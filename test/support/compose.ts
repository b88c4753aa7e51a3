import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { z } from "../../src/base/schema.ts";

/*
 * The part of the Compose specification that compose.yaml uses, and nothing else: what is not here
 * is refused, so that a slip of the keyboard is not passed over.
 */
const duration = z.string().regex(/^(\d+(h|m|s|ms|us))+$/);
const words = z.array(z.string()).nonempty();
const name = z.string().regex(/^[a-z0-9][a-z0-9_.-]*$/);
const condition = z.strictObject({
  condition: z.enum(["service_started", "service_healthy", "service_completed_successfully"]),
});
const service = z.strictObject({
  image: z.string(),
  profiles: words.optional(),
  build: z.strictObject({ context: z.string(), dockerfile: z.string().optional() }).optional(),
  entrypoint: words.optional(),
  command: words.optional(),
  init: z.boolean().optional(),
  restart: z.enum(["no", "always", "on-failure", "unless-stopped"]).optional(),
  stop_grace_period: duration.optional(),
  cap_drop: words.optional(),
  security_opt: words.optional(),
  // Numbers and switches are written as texts: YAML has its own mind about `off` and 1.
  environment: z.record(z.string().regex(/^[A-Z][A-Z0-9_]*$/), z.string()).optional(),
  ports: words.optional(),
  volumes: words.optional(),
  depends_on: z.record(name, condition).optional(),
  healthcheck: z.strictObject({
    test: z.tuple([z.literal("CMD"), z.string()], z.string()),
    interval: duration,
    timeout: duration,
    retries: z.number().int().positive(),
    start_period: duration,
  }),
});
const compose = z.strictObject({
  name,
  services: z.record(name, service),
  volumes: z.record(name, z.null()),
});

export type ComposeService = z.output<typeof service>;
export type Compose = z.output<typeof compose>;

/** compose.yaml with its variables filled in: from `variables`, else by their defaults. */
export function readCompose(variables: Readonly<Record<string, string>> = {}): Compose {
  const document: unknown = parse(composeText(), { merge: true });
  const known = z.record(z.string(), z.unknown()).parse(document);
  // Extension fields only hold what is used elsewhere.
  const entries = Object.entries(known).filter(([key]) => !key.startsWith("x-"));
  return compose.parse(filledIn(Object.fromEntries(entries), variables));
}

export function composeText(): string {
  return readFileSync(new URL("../../compose.yaml", import.meta.url), "utf8");
}

/** Every `${NAME:-default}` filled in and `$$` made `$`, as Compose does. */
function filledIn(value: unknown, variables: Readonly<Record<string, string>>): unknown {
  if (typeof value === "string") {
    return value.replaceAll(
      /\$(\$|\{([A-Z_]+):-([^}]*)\}|)/g,
      (all, what: string, variable: string | undefined, otherwise: string) => {
        if (what === "$") return "$";
        if (variable === undefined) throw new TypeError(`${all} in ${value} has no default`);
        return variables[variable] ?? otherwise;
      },
    );
  }
  if (Array.isArray(value)) return value.map((each) => filledIn(each, variables));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, filledIn(each, variables)]),
  );
}
