import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * The commit that a folder's files are of, with `-dirty` behind it when files of the folder differ from it. Undefined
 * outside a repository, before its first commit, and where git is not installed.
 */
export async function gitCommit(dir: string): Promise<string | undefined> {
  try {
    const commit = await git(dir, ["rev-parse", "--verify", "HEAD"]);
    const changes = await git(dir, ["status", "--porcelain", "--", "."]);
    return changes === "" ? commit : `${commit}-dirty`;
  } catch {
    // Not an error: a pipeline need not be in a repository, and git's exit codes do not tell the reasons apart.
    return undefined;
  }
}

async function git(dir: string, words: readonly string[]): Promise<string> {
  const options = { cwd: dir, timeout: 30_000, maxBuffer: 64 * 1024 ** 2 };
  // A monitor configured in the repository would be a program of somebody else's choice.
  const { stdout } = await run("git", ["-c", "core.fsmonitor=false", ...words], options);
  return stdout.trim();
}
