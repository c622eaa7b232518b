import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Connection } from "@temporalio/client";
import { SEARCH_ATTRIBUTES } from "../../domain/messages.ts";
import type { DetachedProcess } from "./detached-process.ts";
import { startDetached, untilReady } from "./detached-process.ts";
import { logPath } from "./part-log.ts";
import { keepHistory, whenServing } from "./temporal-namespace.ts";

export const NAMESPACE = "default";

/** How long the embedded namespace keeps closed runs; the dev server's own default is one day. */
export const RETENTION_DAYS = 90;

export interface TemporalServerStart {
  readonly cli: string;
  readonly home: string;
  readonly port: number;
  readonly uiPort: number;
  /** In memory when absent. */
  readonly dbFile?: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** Called once the process exists, before it serves. */
  readonly onStarted?: (process: DetachedProcess) => void;
}

/** The arguments that make the dev server ours. */
export function serverArguments(start: Pick<TemporalServerStart, "port" | "uiPort" | "dbFile">): readonly string[] {
  const args = ["server", "start-dev", "--ip", "127.0.0.1", "--port", `${start.port}`, "--ui-port", `${start.uiPort}`];
  args.push("--ui-disable-news-fetch", "--log-format", "json", "--log-level", "warn");
  for (const name of SEARCH_ATTRIBUTES) args.push("--search-attribute", `${name}=Keyword`);
  if (start.dbFile !== undefined) {
    // A write-ahead log syncs once a commit where a rollback journal syncs several times; FULL loses nothing either.
    args.push(
      "--db-filename",
      start.dbFile,
      "--sqlite-pragma",
      "journal_mode=WAL",
      "--sqlite-pragma",
      "synchronous=FULL",
    );
  }
  return args;
}

/**
 * Starts the Temporal dev server and returns once the namespace serves, with our retention and search attributes.
 * @throws {SlipwayError} `backend.unavailable` with the end of its log
 */
export async function startTemporalServer(start: TemporalServerStart): Promise<DetachedProcess> {
  const folder = join(start.home, "temporal");
  mkdirSync(folder, { recursive: true });
  const server = await startDetached({
    command: start.cli,
    args: serverArguments(start),
    environment: start.environment,
    cwd: folder,
    logPath: logPath(start.home, "temporal"),
  });
  start.onStarted?.(server);
  const connection = await untilReady<Connection>(server, () => whenServing(`127.0.0.1:${start.port}`, NAMESPACE), {
    what: "The Temporal server",
    timeoutMs: 60_000,
    signal: start.signal,
  });
  try {
    await keepHistory(connection, NAMESPACE, RETENTION_DAYS);
  } finally {
    await connection.close();
  }
  return server;
}
