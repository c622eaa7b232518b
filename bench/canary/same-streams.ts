import { judgeCanary } from "../../src/gates/canary-judge.ts";
import type { SeededRandom } from "../../src/statistics/seeded-random.ts";
import { createSeededRandom } from "../../src/statistics/seeded-random.ts";
import { PLAN } from "./simulated-roll-out.ts";

/** A good release under ordinary traffic: both arms fail alike, a tenth of the traffic is the candidate's. */
const BASE_RATE = 0.01;
const LOOKS = 20;
const CANDIDATE_PER_LOOK = 200;
const CHAMPION_PER_LOOK = 1_800;
/** The rule that is everywhere: the candidate's error rate is above 1.5 times the champion's at one look. */
const NAIVE_RATIO = 1.5;

export interface StreamAlarms {
  readonly judge: number;
  readonly naive: number;
}

/** How often do the judge and the naive rule stop a good release, on the very same streams? */
export function alarmsOnSameStreams(streams: number, seed: number): StreamAlarms {
  const random = createSeededRandom(seed);
  let judge = 0;
  let naive = 0;
  for (let stream = 0; stream < streams; stream++) {
    const alarms = playStream(random);
    if (alarms.judge) judge++;
    if (alarms.naive) naive++;
  }
  return { judge: judge / streams, naive: naive / streams };
}

function playStream(random: SeededRandom): { readonly judge: boolean; readonly naive: boolean } {
  let championFailures = 0;
  let candidateFailures = 0;
  let judge = false;
  let naive = false;
  for (let look = 1; look <= LOOKS; look++) {
    const ofChampion = failuresAmong(CHAMPION_PER_LOOK, random);
    const ofCandidate = failuresAmong(CANDIDATE_PER_LOOK, random);
    championFailures += ofChampion;
    candidateFailures += ofCandidate;
    naive ||= ofCandidate / CANDIDATE_PER_LOOK > (NAIVE_RATIO * ofChampion) / CHAMPION_PER_LOOK;
    const championUnits = CHAMPION_PER_LOOK * look;
    const candidateUnits = CANDIDATE_PER_LOOK * look;
    const stage = { stage: 0, championUnits, championFailures, candidateUnits, candidateFailures };
    judge ||= judgeCanary(PLAN, { requestFailures: [stage] }).status === "Failed";
  }
  return { judge, naive };
}

/** A binomial draw: geometric gaps from one failure to the next (Devroye, "Non-Uniform Random Variate Generation", 1986, X.4). */
function failuresAmong(units: number, random: SeededRandom): number {
  let failures = 0;
  let at = 0;
  for (;;) {
    at += 1 + Math.floor(Math.log(1 - random.unit()) / Math.log(1 - BASE_RATE));
    if (at > units) return failures;
    failures++;
  }
}
