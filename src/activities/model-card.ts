import type { Digest } from "../domain/json.ts";
import type { FileManifest } from "../domain/files.ts";
import type { ReleasePlan } from "../domain/plan.ts";
import type { GateReport } from "../domain/verdict.ts";

export interface CardFacts {
  readonly plan: ReleasePlan;
  readonly planDigest: Digest;
  readonly manifest: FileManifest;
  readonly model: Digest;
  readonly report: GateReport;
  readonly reportDigest: Digest;
  readonly datasets: Readonly<Record<string, Digest>>;
  readonly release: string;
}

/** The model card: Markdown with the front matter that model hubs read. Everything in it is a recorded fact. */
export function modelCard(facts: CardFacts): string {
  const { plan, manifest, report } = facts;
  return `${[
    "---",
    `model_name: ${JSON.stringify(plan.model)}`,
    "library_name: slipway",
    `tags: [${JSON.stringify(`risk:${plan.risk}`)}, ${JSON.stringify(`team:${plan.team}`)}]`,
    "---",
    `# ${plan.model}`,
    "",
    `Made by release \`${facts.release}\` of pipeline \`${plan.pipeline}\` (team ${plan.team}, risk ${plan.risk}).`,
    "",
    "## Identity",
    `- model: \`${facts.model}\``,
    `- plan: \`${facts.planDigest}\``,
    `- code: ${plan.code === undefined ? "none packed" : `\`${plan.code}\``}${plan.commit === undefined ? "" : `, commit \`${plan.commit}\``}`,
    ...Object.entries(facts.datasets).map(([name, digest]) => `- data \`${name}\`: \`${digest}\``),
    "",
    "## Training",
    `- command: \`${plan.train.command.join(" ")}\`, seed ${plan.train.seed}`,
    ...Object.entries(plan.train.parameters).map(([name, value]) => `- ${name}: \`${JSON.stringify(value)}\``),
    "",
    `## Evaluation (report \`${facts.reportDigest}\`)`,
    "| gate | verdict | finding |",
    "|---|---|---|",
    ...report.verdicts.map((verdict) => `| ${cell(verdict.name)} | ${verdict.status} | ${cell(verdict.message)} |`),
    "",
    "## Files",
    "| path | bytes | sha-256 |",
    "|---|---|---|",
    ...manifest.files.map((file) => `| ${cell(file.path)} | ${file.sizeBytes} | ${file.sha256.slice(7)} |`),
  ].join("\n")}\n`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll(/\s+/gu, " ");
}
