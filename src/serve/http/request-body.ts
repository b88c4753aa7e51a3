import { textOf } from "../../base/bytes.ts";
import { EgxError } from "../../base/errors.ts";
import { z } from "../../base/schema.ts";
import { badRequest } from "./problem.ts";

const chunkSchema = z.instanceof(Uint8Array);
/** The longest query and what is around it. */
const bytesMax = 131_072;

/**
 * The JSON of a request's body.
 * @throws E_HTTP_MEDIA_TYPE, E_HTTP_TOO_LARGE, E_HTTP_REQUEST.
 */
export async function jsonBody(request: Request): Promise<unknown> {
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    throw new EgxError("E_HTTP_MEDIA_TYPE", "the body is not JSON");
  }
  const bytes = await bodyBytes(request);
  try {
    return JSON.parse(textOf(bytes));
  } catch (error) {
    throw new EgxError("E_HTTP_REQUEST", "the body is no JSON", { cause: error });
  }
}

/** One field of a form's body. @throws as {@link jsonBody}. */
export async function formField(request: Request, name: string): Promise<string> {
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type)) {
    throw new EgxError("E_HTTP_MEDIA_TYPE", "the body is no form");
  }
  const value = new URLSearchParams(Buffer.from(await bodyBytes(request)).toString()).get(name);
  if (value === null) throw badRequest(`the form has no ${name}`);
  return value;
}

async function bodyBytes(request: Request): Promise<Uint8Array> {
  const declared = Number(request.headers.get("content-length") ?? 0);
  if (declared > bytesMax) throw tooLarge();
  const parts: Uint8Array[] = [];
  let bytes = 0;
  // What was declared may be less than what comes.
  for await (const chunk of request.body ?? []) {
    const part = chunkSchema.parse(chunk);
    bytes += part.length;
    if (bytes > bytesMax) throw tooLarge();
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function tooLarge(): EgxError {
  return new EgxError("E_HTTP_TOO_LARGE", `a body has at most ${bytesMax} bytes`);
}
