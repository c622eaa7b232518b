import type { GateSpec } from "../domain/plan.ts";
import { wilsonInterval } from "../statistics/wilson.ts";
import type { Finding } from "./finding.ts";
import { numberText } from "./number-text.ts";
import type { Measured } from "./row-metrics.ts";

const CONFIDENCE = 0.95;

/**
 * Does the candidate's own value lie within the bounds, both inclusive?
 * The bounds are held against the value itself, as everywhere in the field; accuracy's 95 % interval (Wilson) is shown
 * beside it, so that a reader sees how far the value may be from the truth.
 */
export function judgeValue(metric: string, bounds: NonNullable<GateSpec["value"]>, measured: Measured): Finding {
  const { value, n } = measured;
  const { lowerBound = Number.NEGATIVE_INFINITY, upperBound = Number.POSITIVE_INFINITY } = bounds;
  const tooLow = value < lowerBound;
  const passed = !tooLow && value <= upperBound;
  const nearest = tooLow || value - lowerBound <= upperBound - value ? lowerBound : upperBound;
  const side = nearest === lowerBound ? "at least" : "at most";
  const claim = `${metric} ${numberText(value)} ${passed ? "is" : "is not"} ${side} ${numberText(nearest)}`;
  return {
    status: passed ? "Successful" : "Failed",
    message: n === undefined ? claim : `${claim} (n ${n})`,
    observed: value,
    bound: nearest,
    ...(n !== undefined && { n }),
    ...(metric === "accuracy" && n !== undefined && { interval: wilsonInterval(Math.round(value * n), n, CONFIDENCE) }),
    evidence: {
      condition: "value",
      metric,
      ...(metric === "accuracy" && n !== undefined && { interval: "wilson" }),
    },
  };
}
