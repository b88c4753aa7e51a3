import { EgxError } from "../../base/errors.ts";
import type { z } from "../../base/schema.ts";
import { factsOf, settingNames, type SettingName } from "./settings.ts";

/** Where a value came from; a flag goes before the environment, that before the default. */
export type Origin = "flag" | "environment" | "default";

/** What flags say, by setting: text, true for a switch, texts of one that was repeated. */
export type FlagValues = ReadonlyMap<SettingName, string | true | readonly string[]>;
export type Environment = Readonly<Record<string, string | undefined>>;

/** The part of the schema that one command uses. */
export type CommandSchema<C> = z.ZodType<C> & { readonly shape: object };

export interface ReadConfig<C> {
  readonly config: C;
  readonly origins: ReadonlyMap<SettingName, Origin>;
}

/** The settings that `schema` has, in the order of help and docs. */
export function namesOf(schema: { readonly shape: object }): readonly SettingName[] {
  return settingNames.filter((name) => name in schema.shape);
}

/**
 * A command's settings from flags, environment and defaults. An empty environment variable counts
 * as not set.
 * @throws E_USAGE that names the flag or variable of the first text that is not understood.
 */
export function readConfig<C>(
  schema: CommandSchema<C>,
  flags: FlagValues,
  environment: Environment,
): ReadConfig<C> {
  const texts: Record<string, string> = {};
  const origins = new Map<SettingName, Origin>();
  for (const name of namesOf(schema)) {
    const { env, fallback } = factsOf(name);
    const flag = flags.get(name);
    const variable = env === null ? undefined : environment[env];
    const given = flag === undefined ? variable : textOfFlag(flag);
    const set = flag !== undefined || (variable !== undefined && variable !== "");
    if (set && given !== undefined) texts[name] = given;
    else if (fallback !== null) texts[name] = fallback;
    const origin = set ? (flag === undefined ? "environment" : "flag") : "default";
    origins.set(name, origin);
  }
  const parsed = schema.safeParse(texts);
  if (parsed.success) return { config: parsed.data, origins };
  throw usageError(parsed.error, origins);
}

/** How a person gave the setting: `--log`, or `EGX_LOG`. */
export function spelling(name: SettingName, origin: Origin | undefined): string {
  const { flags, env } = factsOf(name);
  const [flag] = flags;
  return (origin === "environment" || flag === undefined ? env : null) ?? flag ?? name;
}

function textOfFlag(flag: string | true | readonly string[]): string {
  if (flag === true) return "true";
  return typeof flag === "string" ? flag : flag.join(",");
}

function usageError(error: z.ZodError, origins: ReadonlyMap<SettingName, Origin>): EgxError {
  const issue = error.issues[0];
  const name = settingNames.find((known) => known === issue?.path[0]);
  const text = issue?.message ?? "not understood";
  if (name === undefined) return new EgxError("E_USAGE", text);
  const given = spelling(name, origins.get(name));
  return new EgxError("E_USAGE", `${given}: ${text}`, { details: { setting: given } });
}
