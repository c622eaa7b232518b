import { createCallerAnswer, type CallerAnswer } from "./caller-answer.ts";
import type { RequestFailure } from "./capture-record.ts";
import type { Endpoint, LiveArm, Traffic } from "./endpoint.ts";
import type { Exchange } from "./exchange.ts";
import type { Forwarded } from "./forward.ts";
import { answerProblem } from "./problem-answer.ts";
import { keptBody, type RequestBody } from "./request-body.ts";
import { routingKeyOf } from "./routing-key.ts";
import { isWithinShare, unitOf } from "./sticky-bucket.ts";

/** What became of one request; all that capture and mirror need to know. */
export interface Served {
  readonly traffic: Traffic;
  readonly key: string;
  readonly assigned: LiveArm;
  /** The arm that answered, whatever it answered; undefined when none did. */
  readonly answeredBy: LiveArm | undefined;
  /** HTTP status that the caller got; 499 when the caller went away. */
  readonly status: number;
  /** Of the assigned arm. */
  readonly failure: RequestFailure | undefined;
  readonly latencyMs: number;
  /** The answer's body when it is short enough to be kept. */
  readonly answer: Buffer | undefined;
}

/**
 * Answers one request: assigns it by its routing key, counts the unit and its failure for the arm assigned, and lets the
 * champion answer when the candidate cannot.
 *
 * @returns undefined when the endpoint has no arm for it; the caller has been told
 */
export async function serveRequest(endpoint: Endpoint, exchange: Exchange): Promise<Served | undefined> {
  const rule = endpoint.traffic().state.routingKey;
  const searched = rule !== undefined && "bodyField" in rule ? await keptBody(exchange.body) : undefined;

  const traffic = endpoint.traffic();
  const { state, records } = traffic;
  const key = routingKeyOf(rule, exchange.incoming.headers, searched?.bytes, exchange.requestId);
  const assigned = isWithinShare(traffic.seed, key, state.candidatePercent) ? traffic.candidate : traffic.champion;
  if (assigned === undefined) {
    answerProblem(exchange.response, 503, "gateway.no-arm", `${state.endpoint} has no model server for this request`);
    return undefined;
  }
  const unit = records.ledger === undefined ? 0 : unitOf(key);
  records.ledger?.open(state.stage, assigned.name, unit);

  const startedAtMs = performance.now();
  const first = await attempt(traffic, exchange, assigned, exchange.body);
  if (first.failure !== undefined) records.ledger?.fail(state.stage, assigned.name, unit);
  const last = first.needsFallback ? ((await fallBack(endpoint, exchange)) ?? first) : first;
  const status = conclude(exchange, last);
  return {
    traffic,
    key,
    assigned,
    answeredBy: last.forwarded.kind === "answered" ? last.arm : undefined,
    status,
    failure: first.failure,
    latencyMs: performance.now() - startedAtMs,
    answer: last.forwarded.kind === "answered" ? last.answer.copy.bytes() : undefined,
  };
}

interface Attempt {
  readonly arm: LiveArm;
  readonly forwarded: Forwarded;
  readonly answer: CallerAnswer;
  readonly failure: RequestFailure | undefined;
  /** It failed, and the caller has seen nothing of it. */
  readonly needsFallback: boolean;
}

async function attempt(traffic: Traffic, exchange: Exchange, arm: LiveArm, body: RequestBody): Promise<Attempt> {
  const isCandidate = arm.name === "candidate";
  const answer = createCallerAnswer(exchange.response, {
    requestId: exchange.requestId,
    modelVersion: arm.modelVersion,
    canFallBack: isCandidate && traffic.champion !== undefined,
  });
  arm.meter.begin();
  const forwarded = await exchange.send(arm, body, answer, traffic.state.timeoutMs);
  const failure = failureOf(forwarded, traffic.state.slowAfterMs);
  arm.meter.end(arm.name, "status" in forwarded ? forwarded.status : 0, forwarded.latencyMs, failure);
  const isBroken = forwarded.kind === "failed" || forwarded.kind === "refused";
  return { arm, forwarded, answer, failure, needsFallback: isCandidate && isBroken && !answer.isCommitted() };
}

/** By the champion in force now: the one at the request's beginning may be gone since. */
async function fallBack(endpoint: Endpoint, exchange: Exchange): Promise<Attempt | undefined> {
  const traffic = endpoint.traffic();
  if (traffic.champion === undefined) return undefined;
  const body = await keptBody(exchange.body);
  if (body === undefined) return undefined;
  endpoint.meter.fellBack();
  return attempt(traffic, exchange, traffic.champion, body);
}

/** What the arm did wrong; nothing when the caller left before the answer was late. */
function failureOf(forwarded: Forwarded, slowAfterMs: number | undefined): RequestFailure | undefined {
  const isSlow = slowAfterMs !== undefined && forwarded.latencyMs > slowAfterMs;
  switch (forwarded.kind) {
    case "failed":
      return forwarded.reason;
    case "refused":
      return "status";
    case "answered":
      if (forwarded.status >= 500) return "status";
      return isSlow ? "slow" : undefined;
    case "abandoned":
      return isSlow ? "slow" : undefined;
  }
}

/** Tells a caller whom no arm could answer. @returns the HTTP status that the caller got */
function conclude(exchange: Exchange, last: Attempt): number {
  const { forwarded, answer, arm } = last;
  if (forwarded.kind === "answered") return forwarded.status;
  if (forwarded.kind === "abandoned") return 499;
  if (answer.isCommitted()) {
    // Part of the answer is sent: only a cut connection tells the caller that the rest will never come.
    exchange.response.destroy();
    return exchange.response.statusCode;
  }
  const isLate = forwarded.kind === "failed" && forwarded.reason === "timeout";
  const reason = forwarded.kind === "failed" ? forwarded.message : `status ${forwarded.status}`;
  const status = isLate ? 504 : 502;
  answerProblem(
    exchange.response,
    status,
    isLate ? "gateway.timeout" : "gateway.server-failed",
    `The server of ${arm.modelVersion} gave no answer: ${reason}`,
    exchange.requestId,
  );
  return status;
}
