// Compiles src into dist and bundles the workflows; does nothing when dist is already that of these sources.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { withLock } from "./lock.mjs";
import { giveUp, run, say } from "./progress.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const marker = join(root, "dist/.built-from");
const WITH_TYPE_ERRORS = " with type errors";
const CONFIGS = ["package-lock.json", "tsconfig.json", "tsconfig.build.json", "scripts/bundle-workflows.mjs"];

/**
 * Makes dist current.
 * @param {{ evenWithTypeErrors: boolean }} options tests run what was emitted even when types are wrong; nothing else does
 */
export async function build({ evenWithTypeErrors }) {
  const digest = sourcesDigest();
  const built = existsSync(marker) ? readFileSync(marker, "utf8") : undefined;
  if (built === digest || (evenWithTypeErrors && built === digest + WITH_TYPE_ERRORS)) return;
  say("building: compiling TypeScript");
  mkdirSync(join(root, "dist"), { recursive: true });
  // Without our marker nobody knows whether dist is whole, so the compiler must not trust its own record either.
  if (built === undefined) rmSync(join(root, "dist/.tsbuildinfo"), { force: true });
  const compile = [bin("typescript/bin/tsc"), "-p", "tsconfig.build.json"];
  const compiled = await run(process.execPath, compile, root);
  if (compiled !== 0 && !evenWithTypeErrors) giveUp("The build failed: see the compiler's messages above.", 6);
  pruneOrphans("");
  say("building: bundling the workflows");
  const bundled = await run(process.execPath, ["scripts/bundle-workflows.mjs"], root);
  if (bundled !== 0) giveUp("Bundling the workflows failed: see the messages above.", 6);
  writeFileSync(marker, compiled === 0 ? digest : digest + WITH_TYPE_ERRORS);
  say("built");
}

function bin(path) {
  return join(root, "node_modules", path);
}

function sourcesDigest() {
  const hash = createHash("sha256").update(process.version);
  const sources = readdirSync(join(root, "src"), { recursive: true })
    .filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts"))
    .map((path) => `src/${path}`);
  for (const path of [...sources, ...CONFIGS].toSorted()) {
    hash
      .update(`${path}\n`)
      .update(readFileSync(join(root, path)))
      .update("\0");
  }
  return hash.digest("hex");
}

/** What remains in dist of sources that are gone would be packed and could still be imported. */
function pruneOrphans(folder) {
  for (const entry of readdirSync(join(root, "dist", folder), { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (existsSync(join(root, "src", path))) pruneOrphans(path);
      else rmSync(join(root, "dist", path), { recursive: true });
    } else if (/\.(?:d\.ts|js)$/u.test(entry.name) && entry.name !== "workflow-bundle.js") {
      const source = path.replace(/\.(?:d\.ts|js)$/u, ".ts");
      if (!existsSync(join(root, "src", source))) rmSync(join(root, "dist", path));
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await withLock(
    `setup ${root}`,
    () => say("waiting: another set-up of this folder is running"),
    () => build({ evenWithTypeErrors: false }),
  );
}
