import { messageOf, type Problem } from "../domain/errors.ts";
import type { Json } from "../domain/json.ts";
import { parseContract } from "./parse-contract.ts";
import { formatPath, nowhere, type Locate } from "./issue-problems.ts";
import { jsonFaults } from "./json-faults.ts";
import { present } from "./present.ts";
import type { Spec } from "./spec.ts";

/** The texts of the files that a spec names within the packed folder. */
export interface NamedFiles {
  readonly requirementsText?: string;
  readonly smokeBody?: Json;
  /** Contract documents by path. */
  readonly contracts: Readonly<Record<string, string>>;
  readonly problems: readonly Problem[];
}

/**
 * Reads what a spec names: requirements, the smoke request, the contracts; each is checked. `read` gives the text of a
 * packed file by its path, or undefined when there is none. Problems of a contract carry the contract's own lines.
 */
export async function readNamedFiles(
  spec: Spec,
  read: (path: string) => Promise<string | undefined>,
  locate: Locate = nowhere,
): Promise<NamedFiles> {
  const problems: Problem[] = [];
  const find = async (at: readonly PropertyKey[], file: string): Promise<string | undefined> => {
    const text = await read(file.replace(/^(?:\.\/)+/u, ""));
    if (text !== undefined) return text;
    const message = `${file} is not among the pipeline's files; add it, or look into .slipwayignore`;
    problems.push({ path: formatPath(at), message, ...locate(at, false) });
    return undefined;
  };
  const requirements = spec.python?.requirements;
  const requirementsText =
    requirements === undefined ? undefined : await find(["python", "requirements"], requirements);
  const bodyFile = spec.serve.smoke?.bodyFile;
  const bodyPath = ["serve", "smoke", "bodyFile"];
  const bodyText = bodyFile === undefined ? undefined : await find(bodyPath, bodyFile);
  const body = bodyText === undefined ? undefined : readJson(bodyText);
  if (body?.fault !== undefined) {
    problems.push({ path: formatPath(bodyPath), message: `${bodyFile} ${body.fault}`, ...locate(bodyPath, false) });
  }
  const contracts: Record<string, string> = {};
  for (const [name, { contract }] of Object.entries(spec.data)) {
    if (contract === undefined || Object.hasOwn(contracts, contract)) continue;
    const text = await find(["data", name, "contract"], contract);
    if (text === undefined) continue;
    contracts[contract] = text;
    problems.push(...parseContract(text, contract).problems);
  }
  return present<NamedFiles>({ requirementsText, smokeBody: body?.value, contracts, problems });
}

function readJson(text: string): { readonly value?: Json; readonly fault?: string } {
  try {
    const value = JSON.parse(text) as Json;
    const fault = jsonFaults(value)[0]?.message;
    return fault === undefined ? { value } : { fault };
  } catch (error) {
    return { fault: `is no JSON: ${messageOf(error)}` };
  }
}
