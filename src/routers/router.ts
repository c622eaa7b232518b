import type { TrafficState } from "../domain/traffic.ts";

/** Moves traffic. Every method may be called twice. */
export interface Router {
  /**
   * Makes the state true and returns once requests are assigned by it.
   * @throws {SlipwayError} `registry.conflict` when a newer generation is already in force; `backend.unavailable`
   */
  apply(state: TrafficState): Promise<void>;
  /** What is in force now, read back from the data plane; undefined when it knows no such endpoint. */
  observe(environment: string, endpoint: string): Promise<TrafficState | undefined>;
  /** Forgets the endpoint. Not an error when it is unknown. */
  remove(environment: string, endpoint: string): Promise<void>;
}
