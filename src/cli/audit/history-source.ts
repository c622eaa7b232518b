import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { History } from "@temporalio/common/lib/proto-utils.js";
import { messageOf, SlipwayError } from "../../domain/errors.ts";
import type { Context } from "../context.ts";

/** A history and where it came from, in words. */
export interface FoundHistory {
  readonly history: History;
  readonly source: string;
}

/** A whole history may be some thousand events. */
const FETCH_DEADLINE_MS = 20_000;

/**
 * The release's history: from the file that is named, else from the Temporal server, else from its evidence folder.
 * @throws {SlipwayError} `release.not-found` when nobody has it; `input.invalid` when the file is no history
 */
export async function findHistory(context: Context, release: string, file: string | undefined): Promise<FoundHistory> {
  if (file !== undefined) return fromFile(file);
  const exported = join(context.config.home, "evidence", release, "history.json");
  const link = await context.temporal();
  try {
    const history = await link.ask((client) => client.workflow.getHandle(release).fetchHistory(), FETCH_DEADLINE_MS);
    return { history, source: `Temporal server ${link.address}` };
  } catch (error) {
    if (existsSync(exported)) return fromFile(exported);
    throw error;
  }
}

async function fromFile(path: string): Promise<FoundHistory> {
  const { historyFromJSON } = await import("@temporalio/common/lib/proto-utils.js");
  try {
    return { history: historyFromJSON(JSON.parse(await readFile(path, "utf8"))), source: `file ${path}` };
  } catch (error) {
    throw new SlipwayError(
      "input.invalid",
      `${path} holds no Temporal history as JSON (${messageOf(error)}). Name the history.json of an evidence folder, or what \`temporal workflow show --output json\` wrote.`,
      {},
      error,
    );
  }
}
