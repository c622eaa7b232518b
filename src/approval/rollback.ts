import type { RollbackMessage } from "../domain/messages.ts";

/** The message of an endpoint's `rollback`, or a sentence that says what is wrong with it. */
export function readRollbackMessage(value: Readonly<Record<string, unknown>>): RollbackMessage | string {
  const { to, by, reason } = value;
  if (typeof to !== "string" || to.trim() === "") return "`to` must be a string that names a version, such as 1.2.0";
  if (typeof by !== "string" || by.trim() === "") return "`by` must be a string that names the person";
  if (reason !== undefined && typeof reason !== "string") return "`reason` must be a string";
  return { to: to.trim(), by: by.trim(), ...(reason === undefined ? {} : { reason }) };
}
