import type { Finding } from "./issue-problems.ts";
import { suggestion } from "./nearest.ts";
import type { SpecParts } from "./spec.ts";

/** Inputs that Slipway itself hands to the evaluation. */
const RESERVED_INPUTS = ["model", "data"];
/** Jobs that every release has. */
const RESERVED_JOBS = [...RESERVED_INPUTS, "train", "evaluate", "evaluate-candidate", "evaluate-champion"];

/** Names that clash, and inputs that name nothing. */
export function nameFindings(spec: SpecParts): readonly Finding[] {
  return [...reservedFindings(spec), ...inputFindings(spec), ...evaluationDataFindings(spec)];
}

function reservedFindings({ data = {}, prepare = [] }: SpecParts): readonly Finding[] {
  const findings: Finding[] = [];
  for (const name of Object.keys(data)) {
    if (RESERVED_INPUTS.includes(name)) {
      findings.push({ path: ["data", name], message: `the name ${name} is reserved; choose another`, atKey: true });
    }
  }
  const taken = new Set(Object.keys(data));
  for (const [index, job] of prepare.entries()) {
    const path = ["prepare", index, "name"];
    if (RESERVED_JOBS.includes(job.name)) {
      findings.push({ path, message: `the name ${job.name} is reserved; choose another` });
    } else if (taken.has(job.name)) {
      findings.push({ path, message: `the name ${job.name} is taken by a data set or an earlier job; choose another` });
    }
    taken.add(job.name);
  }
  return findings;
}

function inputFindings({ data, prepare, train, evaluate }: SpecParts): readonly Finding[] {
  if (data === undefined) return [];
  const findings: Finding[] = [];
  const known = Object.keys(data);
  for (const [index, job] of (prepare ?? []).entries()) {
    findings.push(...unknownInputs(["prepare", index, "inputs"], job.inputs ?? [], known));
    known.push(job.name);
  }
  if (prepare !== undefined) findings.push(...unknownInputs(["train", "inputs"], train?.inputs ?? [], known));
  const heldOut = train?.inputs?.indexOf(evaluate?.data ?? "") ?? -1;
  if (heldOut >= 0) {
    const message = `${evaluate?.data} is what the model is evaluated on; it must not be trained on`;
    findings.push({ path: ["train", "inputs", heldOut], message });
  }
  return findings;
}

function unknownInputs(path: readonly PropertyKey[], inputs: readonly string[], known: readonly string[]) {
  return inputs.flatMap((input, index): readonly Finding[] => {
    const at = [...path, index];
    if (inputs.indexOf(input) < index) return [{ path: at, message: `${input} is there twice` }];
    if (known.includes(input)) return [];
    return [{ path: at, message: `${input} is no data set and no earlier job; ${suggestion(input, known)}` }];
  });
}

function evaluationDataFindings({ data, evaluate }: SpecParts): readonly Finding[] {
  const name = evaluate?.data;
  if (data === undefined || name === undefined || Object.hasOwn(data, name)) return [];
  const message = `${name} is no data set; ${suggestion(name, Object.keys(data))}`;
  return [{ path: ["evaluate", "data"], message }];
}
