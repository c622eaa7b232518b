// Is node_modules what package-lock.json asks for? Answered from npm's own record of what it installed.
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

/**
 * Why the installed packages are not those of the lock file; undefined when they are.
 * npm writes its record last, so an interrupted install has none. Optional packages are those of other platforms.
 * @param {string} root
 * @returns {string | undefined}
 */
export function whyNotInstalled(root) {
  const record = join(root, "node_modules/.package-lock.json");
  if (!existsSync(record)) return "the packages are not installed";
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const found = JSON.parse(readFileSync(record, "utf8")).packages;
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === "" || entry.link) continue;
    const installed = found[path];
    if (installed === undefined && (entry.optional || entry.devOptional)) continue;
    const name = path.replace(/^.*node_modules\//u, "");
    if (installed?.version !== entry.version || installed?.integrity !== entry.integrity) {
      return `${name} is not at ${entry.version}`;
    }
    if (!existsSync(join(root, path, "package.json"))) return `${name} is missing`;
  }
  return undefined;
}

/**
 * To be called before npm installs. npm takes a package that was unpacked by half for whole, so what an install without
 * a record left is thrown away; and the record goes first, so that this install leaves none if it is interrupted.
 * @param {string} root
 */
export function forgetInstalled(root) {
  const record = join(root, "node_modules/.package-lock.json");
  if (existsSync(record)) rmSync(record);
  else rmSync(join(root, "node_modules"), { recursive: true, force: true });
}
