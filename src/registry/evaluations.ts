import { and, eq } from "drizzle-orm";
import type { Digest } from "../domain/json.ts";
import { SYSTEM_ACTOR, appendAudit } from "./audit.ts";
import { type Database, read, write } from "./database.ts";
import { DEFAULT_TENANT } from "./schema/columns.ts";
import { evaluations } from "./schema/releases.ts";

/** A model, a way of evaluating it (script, parameters, environment) and the data: they decide the result. */
export interface EvaluationKey {
  readonly modelDigest: Digest;
  readonly evaluationDigest: Digest;
  readonly datasetDigest: Digest;
}

/** The output tree of an equal evaluation; undefined when there was none. */
export async function findEvaluation(db: Database, key: EvaluationKey): Promise<Digest | undefined> {
  const [row] = await read(
    db
      .select({ output: evaluations.output })
      .from(evaluations)
      .where(
        and(
          eq(evaluations.tenant, DEFAULT_TENANT),
          eq(evaluations.modelDigest, key.modelDigest),
          eq(evaluations.evaluationDigest, key.evaluationDigest),
          eq(evaluations.datasetDigest, key.datasetDigest),
        ),
      ),
  );
  return row?.output;
}

/** Remembers what an evaluation put out; the first output stays. */
export async function recordEvaluation(
  db: Database,
  evaluated: EvaluationKey & { readonly output: Digest; readonly release: string },
): Promise<void> {
  const { modelDigest, evaluationDigest, datasetDigest, output, release } = evaluated;
  await write(db, async (tx) => {
    const [added] = await tx
      .insert(evaluations)
      .values({ modelDigest, evaluationDigest, datasetDigest, output, release })
      .onConflictDoNothing()
      .returning({ output: evaluations.output });
    if (added === undefined) return;
    const details = { modelDigest, evaluationDigest, datasetDigest };
    const entry = { actor: SYSTEM_ACTOR, action: "evaluation.recorded", subject: modelDigest, release };
    await appendAudit(tx, { ...entry, digest: output, details });
  });
}
