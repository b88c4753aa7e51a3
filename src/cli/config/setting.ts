import { z } from "../../base/schema.ts";
import type { Value } from "./values.ts";

/** What people need to know of a setting; flags, environment and docs are made from it. */
export interface SettingFacts {
  /**
   * Long flags, the first one leading: `--bootstrap-servers`, `--bootstrap`. None for what comes
   * from the environment alone, such as secrets.
   */
  readonly flags: readonly string[];
  /** The flag's argument as help shows it; null for a switch. */
  readonly argument: string | null;
  /** The environment variable; null when only a flag makes sense. */
  readonly env: string | null;
  /** What holds when neither flag nor environment says anything, as one would type it. */
  readonly fallback: string | null;
  /** What help says where the default is not one text. */
  readonly fallbackNote?: string;
  readonly unit?: string;
  /** May be given several times. */
  readonly repeatable?: boolean;
  readonly meaning: string;
}

const registry = z.registry<SettingFacts>();

/** A setting of its own: a schema with its facts. */
export function setting<S extends z.ZodType>(schema: S, facts: SettingFacts): S {
  // Some values are shared by several settings; the facts are those of one.
  const own = schema.clone();
  registry.add(own, facts);
  return own;
}

/** An optional setting: absent when neither flag nor environment gives it. */
export function optional<T>(schema: Value<T>): z.ZodOptional<Value<T>> {
  return schema.optional();
}

/** The facts of a schema that {@link setting} made. */
export function factsOfSchema(schema: z.ZodType): SettingFacts | undefined {
  return registry.get(schema);
}
