import { and, asc, eq } from "drizzle-orm";
import { digestOf } from "../digest.ts";
import { SlipwayError } from "../domain/errors.ts";
import type { TrafficState } from "../domain/traffic.ts";
import { SYSTEM_ACTOR, appendAudit } from "./audit.ts";
import { type Database, read, write } from "./database.ts";
import { getRelease } from "./releases.ts";
import { databaseNowMs, DEFAULT_TENANT } from "./schema/columns.ts";
import { endpoints, trafficMoves } from "./schema/endpoints.ts";

export interface EndpointKey {
  readonly environment: string;
  readonly endpoint: string;
}

export interface EndpointRecord extends EndpointKey {
  /** The model it serves. */
  readonly model: string;
  /** Where its traffic is to go. */
  readonly traffic: TrafficState;
  /** Workflow id of the roll-out that may move it; absent when nobody may. */
  readonly holder?: string;
  /** The holder's release. */
  readonly holderRelease?: string;
}

/** What is wanted of an endpoint; undefined when nothing was ever rolled out to it. */
export async function getEndpoint(
  db: Database,
  environment: string,
  endpoint: string,
): Promise<EndpointRecord | undefined> {
  const [row] = await read(db.select().from(endpoints).where(keyOf({ environment, endpoint })));
  return row === undefined ? undefined : recordOf(row);
}

/** As `getEndpoint`, and nobody else can change it until the transaction ends. */
export async function lockEndpoint(
  tx: Database,
  environment: string,
  endpoint: string,
): Promise<EndpointRecord | undefined> {
  const [row] = await read(tx.select().from(endpoints).where(keyOf({ environment, endpoint })).for("update"));
  return row === undefined ? undefined : recordOf(row);
}

/** All endpoints, by environment and name. */
export async function listEndpoints(db: Database): Promise<readonly EndpointRecord[]> {
  const rows = await read(
    db
      .select()
      .from(endpoints)
      .where(eq(endpoints.tenant, DEFAULT_TENANT))
      .orderBy(asc(endpoints.environment), asc(endpoints.endpoint)),
  );
  return rows.map(recordOf);
}

export interface Grant {
  /** The traffic of an endpoint that does not exist yet; not looked at when it does. */
  readonly state: TrafficState;
  /** Workflow id of the roll-out. */
  readonly holder: string;
  readonly release: string;
}

/**
 * Gives an endpoint, made if need be, to a roll-out. Granting what is granted is nothing new.
 * @throws {SlipwayError} `endpoint.not-granted` while another roll-out holds it; `registry.conflict` when it serves
 *   another model; `release.not-found`
 */
export async function grantEndpoint(db: Database, grant: Grant): Promise<void> {
  const { state, holder, release } = grant;
  const { environment, endpoint, generation } = state;
  await write(db, async (tx) => {
    const { model } = await getRelease(tx, release);
    const [made] = await tx
      .insert(endpoints)
      .values({ environment, endpoint, model, generation, traffic: state })
      .onConflictDoNothing()
      .returning({ endpoint: endpoints.endpoint });
    const first = { environment, endpoint, generation, traffic: state, actor: SYSTEM_ACTOR, reason: "first roll-out" };
    if (made !== undefined) await tx.insert(trafficMoves).values(first);
    const known = await lockEndpoint(tx, environment, endpoint);
    if (known?.holder === holder) return;
    if (known?.holder !== undefined) throw notGranted(state, known.holder, holder);
    if (known !== undefined && known.model !== model) {
      const message = `The endpoint ${labelOf(state)} serves ${known.model}, not ${model}. Name another endpoint in the spec.`;
      throw new SlipwayError("registry.conflict", message, { environment, endpoint });
    }
    await tx.update(endpoints).set({ holder, holderRelease: release }).where(keyOf(state));
    const entry = { actor: SYSTEM_ACTOR, action: "endpoint.granted", subject: labelOf(state), release, model };
    await appendAudit(tx, { ...entry, details: { holder } });
  });
}

/** Takes the endpoint back from a roll-out. Not an error when it does not hold it. */
export async function releaseEndpoint(db: Database, held: EndpointKey & { readonly holder: string }): Promise<void> {
  await write(db, async (tx) => {
    const known = await lockEndpoint(tx, held.environment, held.endpoint);
    if (known?.holder !== held.holder) return;
    await tx.update(endpoints).set({ holder: null, holderRelease: null }).where(keyOf(held));
    await appendAudit(tx, {
      actor: SYSTEM_ACTOR,
      action: "endpoint.released",
      subject: labelOf(held),
      model: known.model,
      ...(known.holderRelease === undefined ? {} : { release: known.holderRelease }),
      details: { holder: held.holder },
    });
  });
}

export interface TrafficMove {
  /** Its generation is larger than the one expected. */
  readonly state: TrafficState;
  readonly expectedGeneration: number;
  /** The roll-out that must hold the endpoint for the move to count; absent: whoever holds it. */
  readonly holder?: string | undefined;
  readonly actor: string;
  readonly reason: string;
}

/**
 * Writes where an endpoint's traffic is to go if nobody has written since. The same state written twice is one move.
 * @throws {SlipwayError} `endpoint.not-granted` when another roll-out (or none) holds it or it does not exist;
 *   `registry.conflict` when its generation is another one; `input.invalid` when the new one is not larger
 */
export async function setTraffic(db: Database, move: TrafficMove): Promise<void> {
  const { state, expectedGeneration, holder, actor, reason } = move;
  const { environment, endpoint, generation } = state;
  await write(db, async (tx) => {
    const known = await lockEndpoint(tx, environment, endpoint);
    if (known === undefined) throw notGranted(state, undefined, holder);
    if (holder !== undefined && known.holder !== holder) throw notGranted(state, known.holder, holder);
    if (digestOf(known.traffic) === digestOf(state)) return;
    refuseGeneration(move, known.traffic.generation);
    await tx
      .update(endpoints)
      .set({ generation, traffic: state, recordedAtMs: databaseNowMs })
      .where(and(keyOf(state), eq(endpoints.generation, expectedGeneration)));
    await tx.insert(trafficMoves).values({ environment, endpoint, generation, traffic: state, holder, actor, reason });
    const { champion, candidate, candidatePercent, mirrorPercent } = state;
    await appendAudit(tx, {
      actor,
      action: "traffic.moved",
      subject: labelOf(state),
      model: known.model,
      ...(known.holderRelease === undefined ? {} : { release: known.holderRelease }),
      details: {
        generation,
        champion: champion?.modelVersion,
        candidate: candidate?.modelVersion,
        candidatePercent,
        mirrorPercent,
        reason,
      },
    });
  });
}

function refuseGeneration({ state, expectedGeneration }: TrafficMove, actual: number): void {
  if (actual !== expectedGeneration) {
    const message = `The traffic of ${labelOf(state)} is at generation ${actual}, not ${expectedGeneration}: somebody moved it. Look again.`;
    throw new SlipwayError("registry.conflict", message, { actual, expected: expectedGeneration });
  }
  if (state.generation > expectedGeneration) return;
  const message = `Generation ${state.generation} of ${labelOf(state)} must be larger than ${expectedGeneration}.`;
  throw new SlipwayError("input.invalid", message);
}

function notGranted(key: EndpointKey, actual: string | undefined, wanted: string | undefined): SlipwayError {
  const message = `The endpoint ${labelOf(key)} is held by ${actual ?? "nobody"}, not by ${wanted ?? "anybody"}: wait for the grant.`;
  return new SlipwayError("endpoint.not-granted", message, { holder: actual });
}

function labelOf({ environment, endpoint }: EndpointKey): string {
  return `${endpoint} in ${environment}`;
}

function keyOf({ environment, endpoint }: EndpointKey) {
  return and(
    eq(endpoints.tenant, DEFAULT_TENANT),
    eq(endpoints.environment, environment),
    eq(endpoints.endpoint, endpoint),
  );
}

function recordOf(row: typeof endpoints.$inferSelect): EndpointRecord {
  const { environment, endpoint, model, traffic, holder, holderRelease } = row;
  return {
    environment,
    endpoint,
    model,
    traffic,
    ...(holder === null ? {} : { holder }),
    ...(holderRelease === null ? {} : { holderRelease }),
  };
}
