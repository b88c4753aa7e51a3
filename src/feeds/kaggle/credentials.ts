import { readFile } from "node:fs/promises";
import path from "node:path";
import { EgxError, messageOf, systemCodeOf } from "../../base/errors.ts";
import { z } from "../../base/schema.ts";

/** As whom Kaggle is asked. */
export interface KaggleCredentials {
  /** The value of the header `authorization`. */
  readonly authorization: string;
  /** What must not show anywhere. */
  readonly secrets: readonly string[];
}

/** What the environment says; undefined is nothing. */
export interface KaggleAccount {
  /** A token, or the path of a file with one. */
  readonly token: string | undefined;
  readonly username: string | undefined;
  readonly key: string | undefined;
  /** The user's own folder, which may have a `.kaggle`. */
  readonly home: string;
}

const keyFileSchema = z.object({ username: z.string().min(1), key: z.string().min(1) });

/**
 * The first credentials of: the token, `~/.kaggle/access_token` (or `.txt`), name and key,
 * `~/.kaggle/kaggle.json`; null when there are none, which is enough for public sets.
 * @throws E_CONFIG for a name without a key, a key without a name, or a file that is not as
 *   Kaggle gives it; what stands in it is not repeated.
 */
export async function readKaggleCredentials(
  account: KaggleAccount,
): Promise<KaggleCredentials | null> {
  const { token, username, key, home } = account;
  if (token !== undefined) return bearer((await contentOf(token)) ?? token);
  const folder = path.join(home, ".kaggle");
  for (const name of ["access_token", "access_token.txt"]) {
    const content = await contentOf(path.join(folder, name));
    if (content !== null) return bearer(content);
  }
  if (username !== undefined && key !== undefined) return basic(username, key);
  if (username !== undefined || key !== undefined) {
    const [given, lacking] =
      key === undefined ? ["KAGGLE_USERNAME", "KAGGLE_KEY"] : ["KAGGLE_KEY", "KAGGLE_USERNAME"];
    throw new EgxError("E_CONFIG", `${given} is set and ${lacking} is not`);
  }
  const file = path.join(folder, "kaggle.json");
  const content = await contentOf(file);
  return content === null ? null : basicOf(content, file);
}

function basicOf(content: string, file: string): KaggleCredentials {
  let given: unknown = null;
  try {
    given = JSON.parse(content);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const parsed = keyFileSchema.safeParse(given);
  if (parsed.success) return basic(parsed.data.username, parsed.data.key);
  throw new EgxError("E_CONFIG", `${file} is not {"username":…,"key":…}`, {
    hint: "Make a new one in the settings of the account at Kaggle.",
  });
}

function bearer(text: string): KaggleCredentials {
  const token = text.trim();
  if (/^[\x21-\x7e]{1,4096}$/.test(token)) {
    return { authorization: `Bearer ${token}`, secrets: [token] };
  }
  throw new EgxError("E_CONFIG", "the token for Kaggle is empty or has characters that none has", {
    hint: "Check KAGGLE_API_TOKEN and ~/.kaggle/access_token.",
  });
}

function basic(username: string, key: string): KaggleCredentials {
  const encoded = Buffer.from(`${username}:${key}`).toString("base64");
  return { authorization: `Basic ${encoded}`, secrets: [encoded, key] };
}

/** The content of a file; null when there is none, or when the text is no path at all. */
async function contentOf(file: string): Promise<string | null> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === "ENOENT" || code === "ENOTDIR" || code === "ENAMETOOLONG") return null;
    // The path may be the token itself, so it is not named.
    throw new EgxError(
      "E_CONFIG",
      `a file with Kaggle's credentials cannot be read (${code ?? messageOf(error)})`,
    );
  }
}
