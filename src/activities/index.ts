import { createCloseRelease } from "./close-release.ts";
import type { Dependencies } from "./dependencies.ts";
import { createDeployCandidate } from "./deploy-candidate.ts";
import { createJudgeEvaluation } from "./judge-evaluation.ts";
import { createOpenApproval } from "./open-approval.ts";
import { createPackageModel } from "./package-model.ts";
import { createPlanRelease } from "./plan-release.ts";
import { createPromoteCandidate } from "./promote-candidate.ts";
import { createReadSender } from "./read-sender.ts";
import { createReconcileEndpoint } from "./reconcile-endpoint.ts";
import { createRecordDecisions } from "./record-decisions.ts";
import { createRequestEndpoint } from "./request-endpoint.ts";
import { createRollBack } from "./roll-back.ts";
import { createRunAttempt } from "./run-attempt.ts";
import { createServeVersion } from "./serve-version.ts";
import { createValidateData } from "./validate-data.ts";
import { createWatchStage } from "./watch-stage.ts";

export type Activities = ReturnType<typeof createActivities>;

/** Every activity, with what it needs in its hands. Each may run twice. */
export function createActivities(dependencies: Dependencies) {
  return {
    planRelease: createPlanRelease(dependencies),
    validateData: createValidateData(dependencies),
    runAttempt: createRunAttempt(dependencies),
    judgeEvaluation: createJudgeEvaluation(dependencies),
    packageModel: createPackageModel(dependencies),
    openApproval: createOpenApproval(dependencies),
    readSender: createReadSender(dependencies),
    recordDecisions: createRecordDecisions(dependencies),
    requestEndpoint: createRequestEndpoint(dependencies),
    deployCandidate: createDeployCandidate(dependencies),
    watchStage: createWatchStage(dependencies),
    promoteCandidate: createPromoteCandidate(dependencies),
    rollBack: createRollBack(dependencies),
    reconcileEndpoint: createReconcileEndpoint(dependencies),
    serveVersion: createServeVersion(dependencies),
    closeRelease: createCloseRelease(dependencies),
  };
}
