import type { OpenDatabase } from "../registry/database.ts";

/** How long a database may take to answer: a person waits. */
const WAIT_MS = 3_000;

/** Opens the registry that the address names, for a command's few statements. @throws {SlipwayError} `backend.unavailable` */
export async function openRegistry(url: string): Promise<OpenDatabase> {
  // Loaded when first needed: most commands never ask the database.
  const { openDatabase } = await import("../registry/database.ts");
  return openDatabase(url, { maxConnections: 1, waitMs: WAIT_MS });
}
