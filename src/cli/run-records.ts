import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isRecord } from "../domain/json.ts";
import { isAlive, type ProcessIdentity } from "../supervisor/process-identity.ts";
import { isErrno } from "./errno.ts";

/** The living process that `run/<part>.json` names; undefined when there is none. Its number alone proves nothing. */
export function livingPart(home: string, part: string): ProcessIdentity | undefined {
  let text;
  try {
    text = readFileSync(join(home, "run", `${part}.json`), "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
  const found: unknown = JSON.parse(text);
  if (!isRecord(found) || typeof found["pid"] !== "number" || typeof found["startTime"] !== "string") return undefined;
  const identity: ProcessIdentity = {
    pid: found["pid"],
    startTime: found["startTime"],
    bootId: String(found["bootId"]),
  };
  return isAlive(identity) ? identity : undefined;
}
