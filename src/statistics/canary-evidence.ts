/** The failures of one stage of a canary, and how its units were shared. */
export interface FailureStage {
  /** The candidate's observed share of units, in (0, 1). */
  readonly share: number;
  /** Failures of both arms. */
  readonly failures: number;
  /** Those of them that were the candidate's. */
  readonly candidateFailures: number;
}

/** Risk ratios that a harmful candidate may have; the mixture's weights are equal. */
export const HARM_RATIOS = [1.1, 1.25, 1.5, 2, 3, 5, 10, 20] as const;

/** Risk ratios that a tolerable candidate may have; it is most likely as good as the champion. */
export const SAFE_RATIOS = [1, 0.9, 0.8, 0.5] as const;
export const SAFE_WEIGHTS = [0.7, 0.1, 0.1, 0.1] as const;

const HARM_WEIGHTS = HARM_RATIOS.map(() => 1 / HARM_RATIOS.length);

/**
 * How strongly do the failures speak for a candidate that fails more often than the champion? Returns ln E.
 *
 * Given that a unit failed, it was the candidate's with probability θ(r) = ρr / (ρr + 1 − ρ) at risk ratio r and share
 * ρ; the base rate cancels. E mixes the likelihood ratios of r over {@link HARM_RATIOS} against r = 1. It is a
 * supermartingale of mean at most 1 while the ratio is at most 1, so it ever reaches 1/α with probability at most α,
 * however often one looks and however the shares change (Ville; Lindon and Malek, "Anytime-valid inference for
 * multinomial count data", NeurIPS 2022). Nothing observed: 0.
 */
export function logHarmEvidence(stages: readonly FailureStage[]): number {
  return logMixture(stages, HARM_RATIOS, HARM_WEIGHTS, 1);
}

/**
 * How strongly do the failures speak for a candidate whose risk ratio is below the largest tolerable one? Returns ln E,
 * the mixture over {@link SAFE_RATIOS} against `toleratedRatio`; it reaches 1/α with probability at most α while the
 * true ratio is at least that.
 * @param toleratedRatio above 1
 */
export function logSafeEvidence(stages: readonly FailureStage[], toleratedRatio: number): number {
  return logMixture(stages, SAFE_RATIOS, SAFE_WEIGHTS, toleratedRatio);
}

/** ln Σ_j w_j Π_s [θ_s(r_j)/θ_s(r)]^c_s · [(1−θ_s(r_j))/(1−θ_s(r))]^(n_s−c_s), with the largest term taken out. */
function logMixture(
  stages: readonly FailureStage[],
  ratios: readonly number[],
  weights: readonly number[],
  against: number,
): number {
  const terms = ratios.map(
    (ratio, index) => Math.log(weights[index] ?? 0) + logLikelihoodRatio(stages, ratio, against),
  );
  const largest = Math.max(...terms);
  return largest + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - largest), 0));
}

/** θ(r)/θ(r0) = (r/r0)·D(r0)/D(r) and (1−θ(r))/(1−θ(r0)) = D(r0)/D(r), with D(r) = ρr + 1 − ρ. */
function logLikelihoodRatio(stages: readonly FailureStage[], ratio: number, against: number): number {
  const logRatio = Math.log(ratio / against);
  let total = 0;
  for (const { share, failures, candidateFailures } of stages) {
    const change = Math.log((share * against + 1 - share) / (share * ratio + 1 - share));
    total += candidateFailures * logRatio + failures * change;
  }
  return total;
}

/**
 * How much does one failure tell on average, in nats: the divergence KL(θ(ratio) ‖ θ(against)) of whose failure it is.
 * @param share the candidate's share of units, in (0, 1)
 */
export function informationPerFailure(share: number, ratio: number, against: number): number {
  const theta = (share * ratio) / (share * ratio + 1 - share);
  const other = (share * against) / (share * against + 1 - share);
  return theta * Math.log(theta / other) + (1 - theta) * Math.log((1 - theta) / (1 - other));
}
