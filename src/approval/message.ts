import { isRecord } from "../domain/json.ts";
import type { DecisionMessage } from "../domain/messages.ts";

/** Longest message, as JSON text, that is looked at. */
export const MAX_MESSAGE_CHARACTERS = 16_384;

/** The value that the payload converter puts in place of a payload that could not be decoded. */
export interface Undecodable {
  readonly __undecodable: true;
  readonly error: string;
}

export function isUndecodable(value: unknown): value is Undecodable {
  return isRecord(value) && value["__undecodable"] === true;
}

/** What arrived, understood as far as it could be. */
export type Parsed<Message> =
  /** No payload, or a plain string, which is the reason. */
  | { readonly kind: "plain"; readonly reason?: string }
  | { readonly kind: "message"; readonly message: Message }
  | { readonly kind: "refused"; readonly code: "malformed" | "too-large"; readonly reason: string };

/** Reads the arguments of a signal or update whose payload nobody has checked. Total: never throws. */
export function parseMessage<Message>(
  args: readonly unknown[],
  read: (value: Readonly<Record<string, unknown>>) => Message | string,
): Parsed<Message> {
  const [value] = args;
  if (args.length > 1) return refused("malformed", `expected one payload, found ${args.length}`);
  if (value === undefined || value === null) return { kind: "plain" };
  if (isUndecodable(value)) return refused("malformed", `the payload could not be decoded: ${value.error}`);
  if (sizeOf(value) > MAX_MESSAGE_CHARACTERS) {
    return refused("too-large", `the payload is larger than ${MAX_MESSAGE_CHARACTERS} characters`);
  }
  if (typeof value === "string") return { kind: "plain", reason: value };
  if (!isRecord(value)) return refused("malformed", `expected a JSON object or a string, found ${nameOf(value)}`);
  const message = read(value);
  return typeof message === "string" ? refused("malformed", message) : { kind: "message", message };
}

/** The message of `approve` and `reject`, or a sentence that says what is wrong with it. */
export function readDecisionMessage(value: Readonly<Record<string, unknown>>): DecisionMessage | string {
  const { by, reason, decisionId, requestDigest, role } = value;
  if (typeof by !== "string" || by.trim() === "") return "`by` must be a string that names the person";
  for (const [name, field] of Object.entries({ reason, decisionId, requestDigest, role })) {
    if (field !== undefined && typeof field !== "string") return `\`${name}\` must be a string`;
  }
  const known = new Set(["by", "reason", "decisionId", "requestDigest", "role", "verdict"]);
  const unknown = Object.keys(value).filter((key) => !known.has(key));
  if (unknown.length > 0)
    return `unknown field \`${unknown[0]}\`; known are by, reason, decisionId, requestDigest, role`;
  return {
    by: by.trim(),
    ...(typeof reason === "string" ? { reason } : {}),
    ...(typeof decisionId === "string" ? { decisionId } : {}),
    ...(typeof requestDigest === "string" ? { requestDigest } : {}),
    ...(typeof role === "string" ? { role } : {}),
  };
}

function refused(code: "malformed" | "too-large", reason: string): Parsed<never> {
  return { kind: "refused", code, reason };
}

function sizeOf(value: unknown): number {
  try {
    return JSON.stringify(value)?.length ?? 0;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

function nameOf(value: unknown): string {
  return Array.isArray(value) ? "an array" : `a ${typeof value}`;
}
