import { type EgxError, messageOf, toEgxError } from "../../base/errors.ts";
import type { Channel } from "./console.ts";

/**
 * An error as people read it: what, why (the cause once), what to do. The stack is shown for
 * broken promises of our own, or when asked for.
 */
export function errorText(error: unknown, channel: Channel, withStack: boolean): string {
  const known = toEgxError(error);
  const lines = [`${channel.paint(["red", "bold"], `error[${known.code}]`)} ${known.message}`];
  const cause = firstCause(known);
  if (cause !== null) lines.push(`  cause: ${cause}`);
  if (known.hint !== "") lines.push(`  hint: ${known.hint}`);
  if (withStack) lines.push(stackOf(error));
  return `${lines.join("\n")}\n`;
}

/** An error for machines: one line of JSON, on standard error. */
export function errorJson(error: unknown): string {
  const known = toEgxError(error);
  return `${JSON.stringify({
    error: {
      code: known.code,
      message: known.message,
      cause: firstCause(known),
      hint: known.hint,
      retryable: known.retryable,
      exitCode: known.exitCode,
      details: known.details,
    },
  })}\n`;
}

function firstCause(error: EgxError): string | null {
  if (error.cause === undefined) return null;
  const text = messageOf(error.cause);
  return error.message.includes(text) ? null : text;
}

function stackOf(error: unknown): string {
  const stacks: string[] = [];
  for (let at = error; at instanceof Error; at = at.cause) stacks.push(at.stack ?? at.message);
  return stacks.join("\ncaused by: ");
}
