import { bigint, foreignKey, integer, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import type { TrafficState } from "../../domain/traffic.ts";
import type { ServerHandle, ServerSpec } from "../../serving/server.ts";
import { atMs, fact, recordedAtMs, sequence, tenant, words } from "./columns.ts";
import { ofRelease } from "./releases.ts";

/** Where each endpoint's traffic is to go, and who may move it. */
export const endpoints = pgTable(
  "endpoints",
  {
    tenant: tenant(),
    environment: text("environment").notNull(),
    endpoint: text("endpoint").notNull(),
    model: text("model").notNull(),
    generation: bigint("generation", { mode: "number" }).notNull(),
    traffic: fact("traffic").$type<TrafficState>().notNull(),
    /** Workflow id of the roll-out it is granted to. */
    holder: text("holder"),
    holderRelease: text("holder_release"),
    recordedAtMs: recordedAtMs(),
  },
  (row) => [primaryKey({ columns: [row.tenant, row.environment, row.endpoint] })],
);

/** Every state an endpoint's traffic was to have. Append-only. */
export const trafficMoves = pgTable(
  "traffic_moves",
  {
    tenant: tenant(),
    environment: text("environment").notNull(),
    endpoint: text("endpoint").notNull(),
    generation: bigint("generation", { mode: "number" }).notNull(),
    traffic: fact("traffic").$type<TrafficState>().notNull(),
    holder: text("holder"),
    actor: words("actor").notNull(),
    reason: words("reason").notNull(),
    recordedAtMs: recordedAtMs(),
  },
  (row) => [primaryKey({ columns: [row.tenant, row.environment, row.endpoint, row.generation] })],
);

/** The model servers that were started for an endpoint and not yet deleted. */
export const endpointServers = pgTable(
  "endpoint_servers",
  {
    tenant: tenant(),
    environment: text("environment").notNull(),
    endpoint: text("endpoint").notNull(),
    version: text("version").notNull(),
    spec: fact("spec").$type<ServerSpec>().notNull(),
    handle: fact("handle").$type<ServerHandle>().notNull(),
    /** When it may be deleted; absent while it is wanted. */
    deleteAfterMs: atMs("delete_after_ms"),
    recordedAtMs: recordedAtMs(),
  },
  (row) => [primaryKey({ columns: [row.tenant, row.environment, row.endpoint, row.version] })],
);

export const rollouts = pgTable(
  "rollouts",
  {
    tenant: tenant(),
    /** Workflow id of the roll-out. */
    rollout: text("rollout").notNull(),
    release: text("release").notNull(),
    environment: text("environment").notNull(),
    endpoint: text("endpoint").notNull(),
    version: text("version").notNull(),
    /** The version it was compared with; absent for a first one. */
    champion: text("champion"),
    outcome: text("outcome"),
    message: words("message"),
    startedAtMs: recordedAtMs(),
    endedAtMs: atMs("ended_at_ms"),
  },
  (row) => [primaryKey({ columns: [row.tenant, row.rollout] }), ofRelease(row)],
);

/** One watch over one stage of a roll-out, begun. Append-only. */
export const rolloutWatches = pgTable(
  "rollout_watches",
  {
    tenant: tenant(),
    rollout: text("rollout").notNull(),
    /** Counts the watches of a roll-out, from 1: a stage is watched again after a pause. */
    watched: integer("watched").notNull(),
    /** Index of the stage, from 0. */
    step: integer("step").notNull(),
    startedAtMs: atMs("started_at_ms").notNull(),
  },
  (row) => [
    primaryKey({ columns: [row.tenant, row.rollout, row.watched] }),
    foreignKey({ columns: [row.tenant, row.rollout], foreignColumns: [rollouts.tenant, rollouts.rollout] }),
  ],
);

/** What a watch ended in, with the evidence. Append-only. */
export const rolloutResults = pgTable(
  "rollout_results",
  {
    tenant: tenant(),
    rollout: text("rollout").notNull(),
    watched: integer("watched").notNull(),
    sequence: sequence(),
    step: integer("step").notNull(),
    result: fact("result").notNull(),
    judgement: fact("judgement"),
    samples: bigint("samples", { mode: "number" }).notNull(),
    elapsedMs: atMs("elapsed_ms").notNull(),
    recordedAtMs: recordedAtMs(),
  },
  (row) => [
    primaryKey({ columns: [row.tenant, row.rollout, row.watched] }),
    foreignKey({ columns: [row.tenant, row.rollout], foreignColumns: [rollouts.tenant, rollouts.rollout] }),
  ],
);
