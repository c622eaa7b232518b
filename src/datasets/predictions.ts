import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import type { ArtifactStore } from "../artifacts/store.ts";
import type { Digest } from "../domain/json.ts";
import type { EvaluationEvidence, PairedRows, ReportedMetrics } from "../gates/evidence.ts";
import type { ReadingLimits } from "./check-message.ts";
import { createEncoder, type Encoder } from "./predictions-encoder.ts";
import { METRICS_FILE, type ReadMetrics, readMetrics } from "./predictions-metrics.ts";
import { PREDICTIONS_FILE, type PredictionsTable, type ReadPredictions, readPredictions } from "./predictions-table.ts";

export interface EvaluationReaderOptions {
  readonly store: ArtifactStore;
  /** For the files while they are read; created when needed. */
  readonly workDir: string;
  readonly memoryBytes?: number;
}

/** What the evaluation jobs wrote, by the digests of their output trees. */
export interface WrittenEvaluation {
  readonly candidate: Digest;
  readonly champion?: Digest;
  /** Columns of the predictions that gates make slices of. */
  readonly sliceColumns: readonly string[];
  readonly signal?: AbortSignal;
}

const MEMORY_BYTES = 1024 ** 3;
const SPILL_BYTES = 16 * 1024 ** 3;
const THREADS = 2;
/** More distinct labels are not classes. */
const MOST_CLASSES = 10_000;

/**
 * Reads what the evaluation jobs wrote into the evidence that gates judge. Faults of the files are said in the
 * evidence, naming the file, the column and how many rows, so that the gates end in `Error` and the report tells why.
 * @throws {SlipwayError} `artifact.missing`, `artifact.corrupt`; `environment.failed` when the memory does not suffice
 */
export function createEvaluationReader(
  options: EvaluationReaderOptions,
): (written: WrittenEvaluation) => Promise<EvaluationEvidence> {
  return async (written) => {
    await mkdir(options.workDir, { recursive: true });
    const folder = await mkdtemp(join(options.workDir, "evaluation-"));
    try {
      const candidateDir = join(folder, "candidate");
      await options.store.getTree(written.candidate, candidateDir);
      const championDir = written.champion === undefined ? undefined : join(folder, "champion");
      if (written.champion !== undefined && championDir !== undefined) {
        await options.store.getTree(written.champion, championDir);
      }
      return await readEvaluation({
        candidateDir,
        ...(championDir !== undefined && { championDir }),
        sliceColumns: written.sliceColumns,
        spillDir: join(folder, "spilled"),
        ...(options.memoryBytes !== undefined && { memoryBytes: options.memoryBytes }),
        ...(written.signal && { signal: written.signal }),
      });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
}

export interface EvaluationFolders {
  readonly candidateDir: string;
  /** Absent when there is no champion. */
  readonly championDir?: string;
  readonly sliceColumns: readonly string[];
  /** For what does not fit into memory. */
  readonly spillDir: string;
  readonly memoryBytes?: number;
  readonly signal?: AbortSignal;
}

/** As {@link createEvaluationReader}, from local folders. */
export async function readEvaluation(folders: EvaluationFolders): Promise<EvaluationEvidence> {
  const { candidateDir, championDir } = folders;
  const classes = createEncoder(MOST_CLASSES);
  const candidate = await readModel(candidateDir, folders, classes, folders.sliceColumns);
  const champion = championDir === undefined ? undefined : await readModel(championDir, folders, classes, []);
  return {
    baseline: champion !== undefined,
    ...rowsOf(candidate.predictions, champion?.predictions, classes),
    candidateMetrics: metricsOf(candidate.metrics),
    championMetrics: metricsOf(champion?.metrics),
    metricsProblems: {
      ...metricsProblem("candidate", candidate),
      ...(champion && metricsProblem("champion", champion)),
    },
  };
}

interface ReadModel {
  readonly predictions: ReadPredictions;
  readonly metrics: ReadMetrics;
}

async function readModel(
  dir: string,
  { spillDir, memoryBytes = MEMORY_BYTES, signal }: EvaluationFolders,
  classes: Encoder,
  sliceColumns: readonly string[],
): Promise<ReadModel> {
  const limits: ReadingLimits = { memoryBytes, spillBytes: SPILL_BYTES, threads: THREADS, spillDir };
  const predictions = await readPredictions({ dir, classes, sliceColumns, limits, ...(signal && { signal }) });
  return { predictions, metrics: await readMetrics(dir) };
}

type EvidenceOfRows = Pick<EvaluationEvidence, "rows" | "rowsProblem" | "pairingProblem" | "sliceProblems">;

function rowsOf(candidate: ReadPredictions, champion: ReadPredictions | undefined, classes: Encoder): EvidenceOfRows {
  if (candidate.kind === "absent") return { sliceProblems: {} };
  if (candidate.kind === "unusable") {
    return { sliceProblems: {}, rowsProblem: `the candidate's ${PREDICTIONS_FILE}: ${candidate.why}` };
  }
  const rows: PairedRows = {
    rows: candidate.ids.length,
    classes: classes.values,
    label: candidate.label,
    candidate: candidate.predictions,
    slices: candidate.slices,
  };
  const sliceProblems = Object.fromEntries(
    Object.entries(candidate.sliceProblems).map(([column, why]) => [
      column,
      `the candidate's ${PREDICTIONS_FILE}: ${why}`,
    ]),
  );
  if (champion === undefined) return { rows, sliceProblems };
  const pairingProblem = whyNotPaired(candidate, champion);
  if (pairingProblem !== undefined || champion.kind !== "table") {
    return { rows, sliceProblems, ...(pairingProblem !== undefined && { pairingProblem }) };
  }
  return { rows: { ...rows, champion: champion.predictions }, sliceProblems };
}

/** Why the two models' rows are not answers to the same questions. */
function whyNotPaired(candidate: PredictionsTable, champion: ReadPredictions): string | undefined {
  if (champion.kind === "absent") return `the champion's evaluation wrote no ${PREDICTIONS_FILE}`;
  if (champion.kind === "unusable") return `the champion's ${PREDICTIONS_FILE}: ${champion.why}`;
  const sameIds =
    candidate.ids.length === champion.ids.length && candidate.ids.every((id, row) => id === champion.ids[row]);
  if (!sameIds) {
    const onlyCandidate = countMissing(candidate.ids, champion.ids);
    const onlyChampion = countMissing(champion.ids, candidate.ids);
    return `the ids in both models' ${PREDICTIONS_FILE} are not the same: ${onlyCandidate} only in the candidate's, ${onlyChampion} only in the champion's`;
  }
  const otherLabels = candidate.label.filter((label, row) => label !== champion.label[row]).length;
  if (otherLabels === 0) return undefined;
  return `the column label of both models' ${PREDICTIONS_FILE} differs in ${otherLabels} of ${candidate.ids.length} rows`;
}

function countMissing(ids: readonly string[], among: readonly string[]): number {
  const known = new Set(among);
  return ids.filter((id) => !known.has(id)).length;
}

function metricsOf(read: ReadMetrics | undefined): ReportedMetrics {
  return read?.kind === "metrics" ? read.metrics : {};
}

function metricsProblem(model: "candidate" | "champion", { predictions, metrics }: ReadModel): Record<string, string> {
  if (metrics.kind === "unusable") return { [model]: `the ${model}'s ${METRICS_FILE}: ${metrics.why}` };
  if (metrics.kind === "metrics" || predictions.kind !== "absent") return {};
  return { [model]: `the ${model}'s evaluation wrote neither ${PREDICTIONS_FILE} nor ${METRICS_FILE}` };
}
