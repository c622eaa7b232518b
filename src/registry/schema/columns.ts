import { sql } from "drizzle-orm";
import { bigint, customType, text } from "drizzle-orm/pg-core";
import type { Digest } from "../../domain/json.ts";
import { storable } from "../storable.ts";

/** All rows belong to a tenant, and every key and index begins with it. */
export const DEFAULT_TENANT = "default";

export const tenant = () => text("tenant").notNull().default(DEFAULT_TENANT);

/** Milliseconds since 1970 in UTC. */
export const atMs = (name: string) => bigint(name, { mode: "number" });

/** The database's clock, in milliseconds: one clock for all who write. */
export const databaseNowMs = sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`;

/** When the row was written. */
export const recordedAtMs = () => atMs("recorded_at_ms").notNull().default(databaseNowMs);

/** Counts rows in the order of writing: what pages are cut by. */
export const sequence = () => bigint("sequence", { mode: "number" }).generatedAlwaysAsIdentity();

export const digest = (name: string) => text(name).$type<Digest>();

/** A fact as plain JSON, of one shape in history, column and answer. */
export const fact = customType<{ data: unknown; driverData: unknown }>({
  dataType: () => "jsonb",
  toDriver: (value) => JSON.stringify(storable(value)),
});

/** Text that people or other systems wrote: of any content. */
export const words = customType<{ data: string; driverData: string }>({
  dataType: () => "text",
  toDriver: (value) => storable(value) as string,
});
