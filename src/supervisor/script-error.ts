import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { isRecord } from "../domain/json.ts";
import { errorCodeOf } from "./error-code.ts";

const FILE_LIMIT_BYTES = 64 * 1024;
const TEXT_LIMIT = 2_000;

/** The script's own word on its failure: `error.json` in the output folder. */
export interface ScriptError {
  readonly type?: string;
  readonly message?: string;
  readonly retryable?: boolean;
}

/** Reads error.json tolerantly: undefined when there is none, or none that can be read. */
export async function readScriptError(output: string): Promise<ScriptError | undefined> {
  const text = await readStart(join(output, "error.json"));
  return text === undefined ? undefined : parseScriptError(text);
}

/** Texts are cut at 2,000 characters; keys of another type are left out. */
export function parseScriptError(text: string): ScriptError | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Written by a dying script: what is no JSON is no word of it.
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  const { type, message, retryable } = value;
  return {
    ...(typeof type === "string" && { type: type.slice(0, TEXT_LIMIT) }),
    ...(typeof message === "string" && { message: message.slice(0, TEXT_LIMIT) }),
    ...(typeof retryable === "boolean" && { retryable }),
  };
}

async function readStart(path: string): Promise<string | undefined> {
  let file;
  try {
    // Never waits, should the script have put a pipe in its place.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (["ENOENT", "EACCES", "EISDIR", "ELOOP"].includes(errorCodeOf(error) ?? "")) return undefined;
    throw error;
  }
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(FILE_LIMIT_BYTES), 0, FILE_LIMIT_BYTES, 0);
    return buffer.subarray(0, bytesRead).toString("utf8");
  } finally {
    await file.close();
  }
}
