import process from "node:process";
import { createInterface } from "node:readline/promises";
import { EgxError, messageOf } from "../base/errors.ts";
import { parseInterval } from "../market/interval.ts";
import { parseSymbol } from "../market/symbol.ts";
import { mappedFields, type MappedField } from "../loads/columns.ts";
import { dateOrders } from "../loads/date-order.ts";
import type { ImportWishes } from "../loads/import-plan.ts";
import type { CommandContext } from "./command.ts";

/** Whether there is somebody to be asked. */
export function canAsk({ err }: Pick<CommandContext, "err">): boolean {
  return err.isTerminal && process.stdin.isTTY;
}

/**
 * Asks for what a file leaves open, and gives the wishes with the answer.
 * @throws the error itself when the answer is empty.
 */
export async function answerTo(
  error: EgxError,
  wishes: ImportWishes,
  { err, signal }: Pick<CommandContext, "err" | "signal">,
): Promise<ImportWishes> {
  await err.write(`${error.message}\n`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    for (;;) {
      const given = await terminal.question(questionOf(error), { signal });
      if (given.trim() === "") throw error;
      try {
        return wishesWith(error, wishes, given.trim());
      } catch (wrong) {
        await err.write(`${messageOf(wrong)}\n`);
      }
    }
  } finally {
    terminal.close();
  }
}

function questionOf({ details }: EgxError): string {
  switch (details["question"]) {
    case "column":
      return `Which column is the ${missingOf(details)}? `;
    case "date-order":
      return `Is ${textOf(details["example"])} mdy (month first) or dmy (day first)? `;
    case "symbol":
      return "Whose bars does it hold (a ticker)? ";
    default:
      return "Which interval are they (Daily, 1 Minute …)? ";
  }
}

function wishesWith({ details }: EgxError, wishes: ImportWishes, given: string): ImportWishes {
  switch (details["question"]) {
    case "column":
      checkColumn(details, given);
      return { ...wishes, map: new Map([...wishes.map, [missingOf(details), given]]) };
    case "date-order": {
      const dateOrder = dateOrders.find((known) => known === given);
      if (dateOrder !== undefined) return { ...wishes, dateOrder };
      throw new EgxError("E_USAGE", `${given} is none of ${dateOrders.join(", ")}`);
    }
    case "symbol":
      return { ...wishes, symbols: [parseSymbol(given.toUpperCase())] };
    default:
      return { ...wishes, interval: parseInterval(given) };
  }
}

/** @throws E_USAGE for a column that the file does not have. */
function checkColumn({ header }: EgxError["details"], given: string): void {
  const names = Array.isArray(header) ? header.map(textOf) : [];
  if (names.some((name) => name.trim().toLowerCase() === given.toLowerCase())) return;
  throw new EgxError("E_USAGE", `there is no column ${given}; there are ${names.join(", ")}`);
}

function missingOf(details: EgxError["details"]): MappedField {
  return mappedFields.find((field) => field === details["missing"]) ?? "date";
}

function textOf(detail: unknown): string {
  return typeof detail === "string" ? detail : "";
}
