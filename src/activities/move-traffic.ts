import { SlipwayError } from "../domain/errors.ts";
import type { TrafficState } from "../domain/traffic.ts";
import { digestOf } from "../digest.ts";
import { type Database, write } from "../registry/database.ts";
import { lockEndpoint, setTraffic } from "../registry/endpoints.ts";
import type { Dependencies } from "./dependencies.ts";

export interface TrafficChange {
  readonly environment: string;
  readonly endpoint: string;
  /** The roll-out that must hold the endpoint for the change to count. */
  readonly holder?: string;
  readonly actor: string;
  readonly reason: string;
  /** The next state, made from the present one; its generation is set here. */
  readonly change: (now: TrafficState) => TrafficState;
  /** What else becomes true in the same transaction, such as the champion's alias. */
  readonly alongside?: (tx: Database) => Promise<void>;
}

/**
 * Writes the wanted traffic into the registry, makes it true and reads it back: the registry first, so that whoever
 * comes later knows where the traffic is to end. Equal traffic is not written again.
 * @throws {SlipwayError} `endpoint.not-granted` when another roll-out holds the endpoint
 */
export async function moveTraffic(dependencies: Dependencies, wanted: TrafficChange): Promise<TrafficState> {
  const { db, router } = dependencies;
  const state = await write(db, async (tx) => {
    const now = await lockEndpoint(tx, wanted.environment, wanted.endpoint);
    if (now === undefined) throw new SlipwayError("endpoint.not-granted", `${wanted.endpoint} has no state yet`);
    if (wanted.holder !== undefined && now.holder !== wanted.holder) {
      throw new SlipwayError(
        "endpoint.not-granted",
        `${wanted.endpoint} is held by ${now.holder ?? "nobody"}, not by ${wanted.holder}`,
      );
    }
    await wanted.alongside?.(tx);
    const next = { ...wanted.change(now.traffic), generation: now.traffic.generation };
    if (digestOf(next) === digestOf(now.traffic)) return now.traffic;
    const moved = { ...next, generation: now.traffic.generation + 1 };
    await setTraffic(tx, {
      state: moved,
      expectedGeneration: now.traffic.generation,
      actor: wanted.actor,
      reason: wanted.reason,
      ...(wanted.holder === undefined ? {} : { holder: wanted.holder }),
    });
    return moved;
  });
  await router.apply(state);
  await verify(dependencies, state);
  return state;
}

/** Traffic is where the state says only when the data plane says so itself. */
async function verify({ router }: Dependencies, wanted: TrafficState): Promise<void> {
  const seen = await router.observe(wanted.environment, wanted.endpoint);
  const arrived =
    seen !== undefined &&
    seen.generation >= wanted.generation &&
    seen.candidatePercent === wanted.candidatePercent &&
    seen.champion?.modelVersion === wanted.champion?.modelVersion &&
    seen.candidate?.modelVersion === wanted.candidate?.modelVersion;
  if (!arrived) {
    throw new SlipwayError(
      "backend.unavailable",
      `${wanted.endpoint} does not show generation ${wanted.generation} yet`,
    );
  }
}
