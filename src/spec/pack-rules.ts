import ignore from "ignore";

/** File with further patterns, in the syntax of .gitignore. */
export const IGNORE_FILE = ".slipwayignore";

/** Left out unless .slipwayignore takes it back with `!`: what tools leave behind, and files that hold secrets. */
const DEFAULT_PATTERNS = [
  ".git",
  ".slipway",
  "node_modules",
  "__pycache__",
  "*.pyc",
  ".venv",
  ".env",
  ".mypy_cache",
  ".pytest_cache",
  ".ruff_cache",
  ".ipynb_checkpoints",
  ".DS_Store",
];

/** Tells of a relative path (folders end in a slash) whether it is packed. `ignoreText` is that of .slipwayignore. */
export function packRules(ignoreText: string): (path: string) => boolean {
  const rules = ignore().add(DEFAULT_PATTERNS).add(ignoreText);
  return (path) => !rules.ignores(path);
}
