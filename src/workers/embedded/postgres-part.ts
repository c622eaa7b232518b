import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { digestOf } from "../../digest.ts";
import type { Part, PartContext, PartRecord, RunningPart } from "./part.ts";
import { startPostgres } from "./postgres.ts";

/** PostgreSQL from npm; it finds its own running server again. */
export const postgresPart: Part = {
  name: "postgres",
  needs: [],
  // SIGINT is its fast shutdown: sessions end, nothing is lost.
  stop: { ask: "SIGINT", graceMs: 30_000 },
  async start(context: PartContext): Promise<RunningPart> {
    const beganAtMs = Date.now();
    const wanted = context.previous?.port;
    const { pid, startTime, bootId, port, url, adopted } = await startPostgres({
      home: context.home,
      ...(wanted === undefined ? {} : { port: wanted }),
    });
    if (wanted !== undefined && port !== wanted) {
      const message = `port ${wanted} is taken by another program: PostgreSQL uses ${port}`;
      context.report({ event: "port.moved", part: "postgres", wanted, port, message });
    }
    const known = adopted && context.previous?.pid === pid ? context.previous : undefined;
    const record: PartRecord = {
      part: "postgres",
      pid,
      startTime,
      bootId,
      startedAtMs: known?.startedAtMs ?? beganAtMs,
      readyAtMs: known?.readyAtMs ?? Date.now(),
      port,
      settings: digestOf({ part: "postgres" }),
    };
    context.record(record);
    return { record, adopted, addresses: { databaseUrl: url } };
  },
};

/**
 * Is this the database that the stack of this home runs itself (its URL holds our password)? Someone who has read
 * `<home>/env` into a shell has it in SLIPWAY_DATABASE_URL, and does not mean a server of their own.
 */
export function isOwnDatabase(home: string, databaseUrl: string): boolean {
  const path = join(home, "postgres", "password");
  return existsSync(path) && new URL(databaseUrl).password === readFileSync(path, "utf8").trim();
}
