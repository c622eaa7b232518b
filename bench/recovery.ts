import { killJobs } from "./recovery/job-kills.ts";
import { createSubject } from "./recovery/subject.ts";
import { killWorkers } from "./recovery/worker-kills.ts";

const KILLS = 20;
const INTERVAL = 10;

/**
 * What is lost when a worker dies, and when a training dies: twenty kills of each by SIGKILL, at random moments (of a fixed
 * seed) of a deterministic training that commits a checkpoint every ten steps.
 */
export async function run(log: (line: string) => void): Promise<Record<string, unknown>> {
  const subject = await createSubject(INTERVAL);
  try {
    const workers = await killWorkers(subject, INTERVAL, KILLS, log);
    const jobs = await killJobs(subject, KILLS, log);
    const bitEqual = workers.bitEqual && jobs.bitEqual;
    const broken = [
      ...(workers.jobsRestarted > 0 ? [`${workers.jobsRestarted} jobs were restarted by the death of a worker`] : []),
      ...(workers.stepsLost > 0 ? [`${workers.stepsLost} steps were lost by the death of workers`] : []),
      ...(jobs.maxLostSteps > INTERVAL
        ? [`${jobs.maxLostSteps} steps were lost at once, more than the ${INTERVAL} of an interval`]
        : []),
      ...(bitEqual ? [] : ["a final model differs from the uninterrupted run's"]),
    ];
    return { ...workers, ...jobs, checkpointInterval: INTERVAL, bitEqual, broken };
  } finally {
    await subject.dispose();
  }
}
