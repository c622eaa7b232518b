import { condition, defineSignal, executeChild, proxyActivities, setHandler, workflowInfo } from "@temporalio/workflow";

// The floor: what any hand-written release would need at least. As many activities as ours, each one transaction, the
// same child, the same two signals and the same timer, and nothing else.

interface FloorActivities {
  transact(note: string): Promise<void>;
  grant(workflowId: string): Promise<void>;
}

const { transact, grant } = proxyActivities<FloorActivities>({ startToCloseTimeout: "60s" });
export const approveSignal = defineSignal("approve");
export const grantedSignal = defineSignal("granted");

/** Before the approval: plan, data, training, two evaluations, gates, package, request. */
const BEFORE = ["plan", "validate", "train"];
const EVALUATIONS = ["candidate", "champion"];
const AFTER_EVALUATION = ["judge", "package", "request"];

export async function floorRelease(stages: number): Promise<string> {
  let approved = false;
  setHandler(approveSignal, () => {
    approved = true;
  });
  for (const step of BEFORE) await transact(step);
  await Promise.all(EVALUATIONS.map((step) => transact(step)));
  const { workflowId } = workflowInfo();
  for (const step of AFTER_EVALUATION) await transact(`${workflowId} ${step}`);
  await condition(() => approved, "1 day");
  await transact(`${workflowId} decisions`);
  await executeChild(floorRollOut, { workflowId: `${workflowId}/rollout`, args: [stages] });
  await transact("close");
  return "Promoted";
}

export async function floorRollOut(stages: number): Promise<void> {
  let granted = false;
  setHandler(grantedSignal, () => {
    granted = true;
  });
  await grant(workflowInfo().workflowId);
  await condition(() => granted);
  await transact("deploy");
  for (let stage = 0; stage < stages; stage += 1) await transact(`stage ${stage}`);
  await transact("promote");
}
