import type { Arm, TrafficState } from "../domain/traffic.ts";
import type { ArmName } from "./stage-ledger.ts";
import { openRolloutRecords, type RolloutRecords } from "./rollout-records.ts";
import type { ServerPool, ServerPools } from "./server-pool.ts";
import type { EndpointMeter, TrafficMetrics, VersionMeter } from "./traffic-metrics.ts";

/** An arm that requests can be sent to. */
export interface LiveArm extends ServerPool {
  readonly name: ArmName;
  readonly modelVersion: string;
  readonly meter: VersionMeter;
}

/** What is in force at an endpoint. A request keeps what it began with. */
export interface Traffic {
  readonly state: TrafficState;
  readonly champion: LiveArm | undefined;
  readonly candidate: LiveArm | undefined;
  readonly records: RolloutRecords;
  readonly seed: string;
  readonly mirrorSeed: string;
}

/** One endpoint of the gateway while it runs. */
export interface Endpoint {
  readonly meter: EndpointMeter;
  /** What is in force now. */
  traffic(): Traffic;
  /** Opens what the state needs, such as the ledger of its roll-out; changes nothing yet. */
  prepare(state: TrafficState): Promise<Traffic>;
  /**
   * Puts what was prepared in force: the next request is assigned by it.
   * @returns records that nothing writes to any more, for the caller to close
   */
  adopt(traffic: Traffic): RolloutRecords | undefined;
  close(): Promise<void>;
  /** Mirrored requests under way. */
  mirrorsUnderWay: number;
}

export interface EndpointSurroundings {
  readonly stateDir: string;
  readonly pools: ServerPools;
  readonly metrics: TrafficMetrics;
}

/** Opens an endpoint at its first state. */
export async function openEndpoint(surroundings: EndpointSurroundings, state: TrafficState): Promise<Endpoint> {
  const { environment, endpoint: name } = state;
  const meter = surroundings.metrics.endpoint(environment, name);
  // Requests under way still write to the records of the roll-out before.
  let retired: RolloutRecords | undefined;
  const openRecords = (rolloutId: string | undefined): Promise<RolloutRecords> =>
    openRolloutRecords(surroundings.stateDir, environment, name, rolloutId);
  const trafficOf = (next: TrafficState, records: RolloutRecords): Traffic => ({
    state: next,
    champion: liveArm(surroundings.pools, meter, "champion", next.champion),
    candidate: liveArm(surroundings.pools, meter, "candidate", next.candidate),
    records,
    seed: next.rolloutId ?? "",
    mirrorSeed: `mirror/${next.rolloutId ?? ""}`,
  });
  let inForce = trafficOf(state, await openRecords(state.rolloutId));
  return {
    meter,
    traffic: () => inForce,
    async prepare(next) {
      const opened = [inForce.records, retired].find((records) => records?.rolloutId === next.rolloutId);
      return trafficOf(next, opened ?? (await openRecords(next.rolloutId)));
    },
    adopt(traffic) {
      const before = inForce.records;
      inForce = traffic;
      if (before === traffic.records) return undefined;
      const finished = retired === traffic.records ? undefined : retired;
      retired = before;
      return finished;
    },
    async close() {
      await Promise.all([inForce.records.close(), retired?.close()]);
    },
    mirrorsUnderWay: 0,
  };
}

function liveArm(pools: ServerPools, meter: EndpointMeter, name: ArmName, arm: Arm | undefined): LiveArm | undefined {
  if (arm === undefined) return undefined;
  return { ...pools.find(arm.address), name, modelVersion: arm.modelVersion, meter: meter.version(arm.modelVersion) };
}
