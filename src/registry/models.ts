import { asc, eq } from "drizzle-orm";
import { type Database, read } from "./database.ts";
import { DEFAULT_TENANT } from "./schema/columns.ts";
import { models } from "./schema/models.ts";

export interface ModelRecord {
  readonly name: string;
  readonly latestVersion?: string;
}

/** All models that have a version, by name. */
export async function listModels(db: Database): Promise<readonly ModelRecord[]> {
  const rows = await read(db.select().from(models).where(eq(models.tenant, DEFAULT_TENANT)).orderBy(asc(models.name)));
  return rows.map(({ name, latestVersion }) => (latestVersion === null ? { name } : { name, latestVersion }));
}
