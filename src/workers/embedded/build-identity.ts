import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the built programs: `dist`. */
export const DIST = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Changes with every build; a process of another build is not adopted. Made of the build's own note of its sources,
 * and of when the newest file was written: a compiler that is run by hand leaves no note, and a package of npm no times.
 */
export function buildIdentity(): string {
  const note = join(DIST, ".built-from");
  const sources = existsSync(note) ? readFileSync(note, "utf8") : "";
  const built = readdirSync(DIST, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".js"));
  const newest = built.reduce((latest, path) => Math.max(latest, statSync(join(DIST, path)).mtimeMs), 0);
  return `${sources} ${newest}`;
}
