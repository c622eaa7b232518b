import { activityInfo } from "@temporalio/activity";

/** The release that the running activity belongs to: the id of the workflow that called it. */
export function activityRelease(): string {
  const { workflowExecution } = activityInfo();
  if (workflowExecution === undefined) throw new TypeError("this activity is called by workflows only");
  return workflowExecution.workflowId;
}
