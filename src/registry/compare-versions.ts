import type { Digest, Json } from "../domain/json.ts";
import type { GateReport, VerdictStatus } from "../domain/verdict.ts";
import type { Database } from "./database.ts";
import { getGateReports } from "./gate-reports.ts";
import { getPlan } from "./releases.ts";
import { getVersion, type RegisteredVersion } from "./versions.ts";

/** The same thing of two versions; absent where a version has none. */
export interface Pair<Value> {
  readonly left?: Value;
  readonly right?: Value;
}

/** Two versions side by side. Every record has the union of both sides' names, sorted. */
export interface VersionComparison {
  readonly left: RegisteredVersion;
  readonly right: RegisteredVersion;
  /** Of the training. */
  readonly parameters: Readonly<Record<string, Pair<Json>>>;
  readonly datasets: Readonly<Record<string, Pair<Digest>>>;
  /** Verdicts of the last evaluation of each version's release, by gate. */
  readonly gates: Readonly<Record<string, Pair<VerdictStatus>>>;
  /** What those gates observed. */
  readonly metrics: Readonly<Record<string, Pair<number>>>;
}

/**
 * Compares two versions of a model, each named as for `getVersion`.
 * @throws {SlipwayError} `version.not-found`
 */
export async function compareVersions(
  db: Database,
  model: string,
  references: { readonly left: string; readonly right: string },
): Promise<VersionComparison> {
  const left = await sideOf(db, await getVersion(db, model, references.left));
  const right = await sideOf(db, await getVersion(db, model, references.right));
  return {
    left: left.version,
    right: right.version,
    parameters: paired(left.parameters, right.parameters),
    datasets: paired(left.version.datasets, right.version.datasets),
    gates: paired(left.gates, right.gates),
    metrics: paired(left.metrics, right.metrics),
  };
}

async function sideOf(db: Database, version: RegisteredVersion) {
  const { train } = await getPlan(db, version.planDigest);
  const verdicts: GateReport["verdicts"] = (await getGateReports(db, version.release)).at(-1)?.report.verdicts ?? [];
  return {
    version,
    parameters: train.parameters,
    gates: Object.fromEntries(verdicts.map(({ name, status }) => [name, status])),
    metrics: Object.fromEntries(
      verdicts.flatMap(({ name, observed }) => (observed === undefined ? [] : [[name, observed] as const])),
    ),
  };
}

function paired<Value>(
  left: Readonly<Record<string, Value>>,
  right: Readonly<Record<string, Value>>,
): Readonly<Record<string, Pair<Value>>> {
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])].toSorted();
  const valueIn = (side: "left" | "right", held: Readonly<Record<string, Value>>, name: string) =>
    Object.hasOwn(held, name) ? { [side]: held[name] } : {};
  return Object.fromEntries(
    names.map((name) => [name, { ...valueIn("left", left, name), ...valueIn("right", right, name) }]),
  );
}
