import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the built programs: `dist`. */
export const DIST = fileURLToPath(new URL("../../", import.meta.url));

/** Changes with every build: when the newest of the built files was written. A process of another build is not adopted. */
export function buildIdentity(): string {
  const built = readdirSync(DIST, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".js"));
  return built.reduce((newest, path) => Math.max(newest, statSync(join(DIST, path)).mtimeMs), 0).toString();
}
