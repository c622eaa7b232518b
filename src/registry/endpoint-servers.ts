import { and, asc, eq, inArray, isNull, lte, notInArray, sql } from "drizzle-orm";
import type { ServerHandle, ServerSpec } from "../serving/server.ts";
import { SYSTEM_ACTOR, appendAudit } from "./audit.ts";
import { type Database, read, write } from "./database.ts";
import type { EndpointKey } from "./endpoints.ts";
import { DEFAULT_TENANT } from "./schema/columns.ts";
import { endpointServers } from "./schema/endpoints.ts";

/** A model server that was started for an endpoint and not yet deleted. */
export interface EndpointServer {
  readonly version: string;
  readonly spec: ServerSpec;
  readonly handle: ServerHandle;
  /** When it may be deleted; absent while it is wanted. */
  readonly deleteAfterMs?: number;
}

/** Records that a version's server is wanted and where it is; one that was to be deleted is wanted again. */
export async function recordServer(
  db: Database,
  server: EndpointKey & { readonly version: string; readonly spec: ServerSpec; readonly handle: ServerHandle },
): Promise<void> {
  const { environment, endpoint, version, spec, handle } = server;
  await write(db, async (tx) => {
    const [changed] = await tx
      .insert(endpointServers)
      .values({ environment, endpoint, version, spec, handle })
      .onConflictDoUpdate({
        target: [
          endpointServers.tenant,
          endpointServers.environment,
          endpointServers.endpoint,
          endpointServers.version,
        ],
        set: { spec, handle, deleteAfterMs: null },
        setWhere: sql`${endpointServers.deleteAfterMs} is not null
          or ${endpointServers.handle} is distinct from excluded.handle
          or ${endpointServers.spec} is distinct from excluded.spec`,
      })
      .returning({ version: endpointServers.version });
    if (changed === undefined) return;
    const { backend, name, uid } = handle;
    await appendAudit(tx, {
      ...by(server, version),
      action: "server.started",
      details: { version, backend, name, uid },
    });
  });
}

/** The servers of an endpoint, by version. */
export async function listServers(
  db: Database,
  environment: string,
  endpoint: string,
): Promise<readonly EndpointServer[]> {
  return serversWhere(db, keyOf({ environment, endpoint }));
}

/** Says that all servers of the endpoint but those of the versions in `keep` may be deleted from a moment on. */
export async function retireServers(
  db: Database,
  retired: EndpointKey & { readonly keep: readonly string[]; readonly deleteAfterMs: number },
): Promise<void> {
  const { keep, deleteAfterMs } = retired;
  await write(db, async (tx) => {
    await tx
      .update(endpointServers)
      .set({ deleteAfterMs: null })
      .where(and(keyOf(retired), inArray(endpointServers.version, [...keep])));
    const others = keep.length === 0 ? undefined : notInArray(endpointServers.version, [...keep]);
    const rows = await tx
      .update(endpointServers)
      .set({ deleteAfterMs })
      .where(and(keyOf(retired), others, isNull(endpointServers.deleteAfterMs)))
      .returning({ version: endpointServers.version });
    for (const { version } of rows) {
      await appendAudit(tx, { ...by(retired, version), action: "server.retired", details: { version, deleteAfterMs } });
    }
  });
}

/** The servers that may be deleted by now. */
export async function serversToDelete(
  db: Database,
  asked: EndpointKey & { readonly nowMs: number },
): Promise<readonly EndpointServer[]> {
  return serversWhere(db, and(keyOf(asked), lte(endpointServers.deleteAfterMs, asked.nowMs)));
}

/** Forgets a server that was deleted. Not an error when it is unknown. */
export async function dropServer(db: Database, dropped: EndpointKey & { readonly version: string }): Promise<void> {
  await write(db, async (tx) => {
    const rows = await tx
      .delete(endpointServers)
      .where(and(keyOf(dropped), eq(endpointServers.version, dropped.version)))
      .returning({ version: endpointServers.version });
    for (const { version } of rows) {
      await appendAudit(tx, { ...by(dropped, version), action: "server.deleted", details: { version } });
    }
  });
}

async function serversWhere(db: Database, condition: ReturnType<typeof and>): Promise<readonly EndpointServer[]> {
  const rows = await read(db.select().from(endpointServers).where(condition).orderBy(asc(endpointServers.version)));
  return rows.map(({ version, spec, handle, deleteAfterMs }) => ({
    version,
    spec,
    handle,
    ...(deleteAfterMs === null ? {} : { deleteAfterMs }),
  }));
}

function keyOf({ environment, endpoint }: EndpointKey) {
  return and(
    eq(endpointServers.tenant, DEFAULT_TENANT),
    eq(endpointServers.environment, environment),
    eq(endpointServers.endpoint, endpoint),
  );
}

function by({ environment, endpoint }: EndpointKey, version: string) {
  return { actor: SYSTEM_ACTOR, subject: `server of ${version} for ${endpoint} in ${environment}` };
}
