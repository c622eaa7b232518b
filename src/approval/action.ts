import type { ActionMessage } from "../domain/messages.ts";

/** The message of `pause`, `resume`, `promote` and `abort`, or a sentence that says what is wrong with it. */
export function readActionMessage(value: Readonly<Record<string, unknown>>): ActionMessage | string {
  const { by, reason, expectedStep, full } = value;
  if (by !== undefined && typeof by !== "string") return "`by` must be a string";
  if (reason !== undefined && typeof reason !== "string") return "`reason` must be a string";
  if (full !== undefined && typeof full !== "boolean") return "`full` must be true or false";
  if (expectedStep !== undefined && !(Number.isInteger(expectedStep) && Number(expectedStep) >= 0)) {
    return "`expectedStep` must be a whole number from 0";
  }
  const known = new Set(["by", "reason", "expectedStep", "full"]);
  const unknown = Object.keys(value).filter((key) => !known.has(key));
  if (unknown.length > 0) return `unknown field \`${unknown[0]}\`; known are by, reason, expectedStep, full`;
  return {
    ...(by === undefined ? {} : { by }),
    ...(reason === undefined ? {} : { reason }),
    ...(typeof expectedStep === "number" ? { expectedStep } : {}),
    ...(full === undefined ? {} : { full }),
  };
}
