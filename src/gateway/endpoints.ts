import { isDeepStrictEqual } from "node:util";
import { messageOf, SlipwayError } from "../domain/errors.ts";
import { isRecord } from "../domain/json.ts";
import type { TrafficState } from "../domain/traffic.ts";
import { commitJson, readJson } from "../supervisor/json-file.ts";
import { createTurns } from "./turns.ts";
import { openEndpoint, type Endpoint, type EndpointSurroundings } from "./endpoint.ts";
import { statePath } from "./state-layout.ts";
import { parseTrafficState } from "./traffic-state.ts";

/** All endpoints of the gateway, and their states on the disk. */
export interface Endpoints {
  /** @param name `environment/endpoint` */
  find(name: string): Endpoint | undefined;
  states(): readonly TrafficState[];
  /**
   * Puts a state in force and on the disk; both are done when this returns.
   * @throws {SlipwayError} `registry.conflict` when a newer generation, or another state of the same one, is in force;
   *   `backend.unavailable` when the state is in force but could not be written: applying it again tries again
   */
  apply(state: TrafficState): Promise<void>;
  remove(environment: string, endpoint: string): Promise<void>;
  close(): Promise<void>;
}

export function nameOf(state: Pick<TrafficState, "environment" | "endpoint">): string {
  return `${state.environment}/${state.endpoint}`;
}

/**
 * Opens the endpoints that were in force when the last process ended.
 * @throws {SlipwayError} `artifact.corrupt` when the state file is not what a gateway wrote
 */
export async function openEndpoints(surroundings: EndpointSurroundings): Promise<Endpoints> {
  const endpoints = new Map<string, Endpoint>();
  const path = statePath(surroundings.stateDir);
  for (const state of await readStates(path)) endpoints.set(nameOf(state), await openEndpoint(surroundings, state));

  let isUnsaved = false;
  const inTurn = createTurns();
  const states = (): readonly TrafficState[] => [...endpoints.values()].map((endpoint) => endpoint.traffic().state);
  const save = async (): Promise<void> => {
    isUnsaved = true;
    surroundings.pools.keepOnly(addressesOf(states()));
    try {
      await commitJson(path, { endpoints: states() });
    } catch (error) {
      throw new SlipwayError("backend.unavailable", `Cannot write ${path}: ${messageOf(error)}`, {}, error);
    }
    isUnsaved = false;
  };
  const apply = async (state: TrafficState): Promise<void> => {
    const known = endpoints.get(nameOf(state));
    if (known === undefined) {
      endpoints.set(nameOf(state), await openEndpoint(surroundings, state));
      await save();
      return;
    }
    if (refuseOlder(known.traffic().state, state) === "same") {
      if (isUnsaved) await save();
      return;
    }
    // In force before it is on the disk: a full disk must not keep a bad candidate in traffic.
    const finished = known.adopt(await known.prepare(state));
    await save();
    await finished?.close();
  };
  const remove = async (environment: string, endpoint: string): Promise<void> => {
    const name = nameOf({ environment, endpoint });
    const known = endpoints.get(name);
    if (known === undefined && !isUnsaved) return;
    endpoints.delete(name);
    try {
      await save();
    } finally {
      await known?.close();
    }
  };
  return {
    find: (name) => endpoints.get(name),
    states,
    apply: (state) => inTurn(() => apply(state)),
    remove: (environment, endpoint) => inTurn(() => remove(environment, endpoint)),
    close: () =>
      inTurn(async () => {
        await Promise.all([...endpoints.values()].map((endpoint) => endpoint.close()));
      }),
  };
}

function refuseOlder(inForce: TrafficState, wanted: TrafficState): "newer" | "same" {
  if (wanted.generation > inForce.generation) return "newer";
  if (wanted.generation === inForce.generation && isDeepStrictEqual(wanted, inForce)) return "same";
  const reason =
    wanted.generation === inForce.generation ? "is in force with another content" : "is older than what is in force";
  throw new SlipwayError(
    "registry.conflict",
    `Generation ${wanted.generation} of ${nameOf(wanted)} ${reason} (${inForce.generation}): read it and apply a newer one`,
    { generation: wanted.generation, inForce: inForce.generation },
  );
}

function addressesOf(states: readonly TrafficState[]): ReadonlySet<string> {
  return new Set(states.flatMap(({ champion, candidate }) => [champion?.address ?? "", candidate?.address ?? ""]));
}

async function readStates(path: string): Promise<readonly TrafficState[]> {
  try {
    const content = await readJson<unknown>(path);
    if (content === undefined) return [];
    if (!isRecord(content) || !Array.isArray(content["endpoints"])) {
      throw new SlipwayError("artifact.corrupt", "it has no list of endpoints");
    }
    return content["endpoints"].map(parseTrafficState);
  } catch (error) {
    const reason = messageOf(error);
    throw new SlipwayError("artifact.corrupt", `Cannot read ${path}: ${reason}. Repair or remove it.`, { path }, error);
  }
}
