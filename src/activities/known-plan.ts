import type { Digest } from "../domain/json.ts";
import type { ReleasePlan } from "../domain/plan.ts";
import type { Database } from "../registry/database.ts";
import { getPlan } from "../registry/releases.ts";

const KEPT = 500;

/** Plans that were read before, by registry. A plan never changes, so that reading it once is enough. */
const known = new WeakMap<Database, Map<Digest, ReleasePlan>>();

/** The plan of this digest. @throws {SlipwayError} `release.not-found` when no release was opened with it */
export async function knownPlan(db: Database, digest: Digest): Promise<ReleasePlan> {
  const plans = known.get(db) ?? new Map<Digest, ReleasePlan>();
  known.set(db, plans);
  const plan = plans.get(digest) ?? (await getPlan(db, digest));
  plans.delete(digest);
  plans.set(digest, plan);
  const [oldest] = plans.keys();
  if (plans.size > KEPT && oldest !== undefined) plans.delete(oldest);
  return plan;
}
