import { access } from "node:fs/promises";
import { errorCodeOf } from "./error-code.ts";

/** Is there a file or folder of this name? @throws when that cannot be told */
export async function fileExists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (errorCodeOf(error) === "ENOENT" || errorCodeOf(error) === "ENOTDIR") return false;
    throw error;
  }
}
