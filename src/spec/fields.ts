import { z } from "zod";
import { parseDuration } from "../domain/duration.ts";
import type { Json } from "../domain/json.ts";
import { parseBytes } from "./byte-size.ts";

const LONGEST_DURATION_MS = 366 * 86_400_000;

/** A name that becomes part of workflow ids, folders and metric labels. */
export const Name = z.string().regex(/^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/u, {
  error: (issue) =>
    `${JSON.stringify(shortened(issue.input))} is no name: use 1 to 63 letters, digits, dots, underscores and hyphens, beginning and ending with a letter or digit`,
});

/** A span of time such as `30s` or `1h30m`, above zero and at most 366 days; kept as text. */
export const Duration = z
  .string({ error: (issue) => durationMessage(issue.input) })
  .regex(/^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/u, { abort: true, error: (issue) => durationMessage(issue.input) })
  .refine((text) => spanMs(text) > 0 && spanMs(text) <= LONGEST_DURATION_MS, {
    error: (issue) => `${shortened(issue.input)} is out of range: must be above zero and at most 366d`,
  });

/** An amount of memory such as `512Mi` or `16Gi`; kept as text. */
export const ByteSize = z
  .string({ error: (issue) => sizeMessage(issue.input) })
  .regex(/^\d+(?:\.\d+)?(?:k|Ki|M|Mi|G|Gi|T|Ti)$/u, { abort: true, error: (issue) => sizeMessage(issue.input) })
  .refine((text) => (parseBytes(text) ?? 1) > 0, { error: "must be more than zero bytes" });

/** A path inside the pipeline's folder: relative, without `..`. */
export const PackedPath = z.string().superRefine((path, context) => {
  const fault = pathFault(path) ?? (path.startsWith("/") ? "must be relative to the pipeline's folder" : undefined);
  if (fault !== undefined) context.addIssue({ code: "custom", message: fault, input: path });
});

/** A path or glob, relative to the pipeline's folder or absolute on the workers. */
export const FilePattern = z.string().superRefine((path, context) => {
  const fault = pathFault(path);
  if (fault !== undefined) context.addIssue({ code: "custom", message: fault, input: path });
});

/** A command as a list of words; the first is the program. No shell reads it. */
export const Command = z
  .array(z.string({ error: (issue) => wordMessage(issue.input) }), {
    error: (issue) =>
      typeof issue.input === "string"
        ? `must be a list of words, such as [${shortened(issue.input).split(/\s+/u).join(", ")}]`
        : undefined,
  })
  .min(1)
  .superRefine((words, context) => {
    if (words[0] === "") context.addIssue({ code: "custom", path: [0], message: "must name a program", input: "" });
    words.forEach((word, index) => {
      if (word.includes("\0")) {
        context.addIssue({ code: "custom", path: [index], message: "must not hold a zero byte", input: "" });
      }
    });
  });

/** Plain environment variables. Slipway's own begin with SLIPWAY_ and cannot be set. */
export const Environment = z.record(
  z.string().superRefine((name, context) => {
    const message = variableFault(name);
    if (message !== undefined) context.addIssue({ code: "custom", message, input: name });
  }),
  z
    .string({ error: (issue) => (issue.input === undefined ? undefined : wordMessage(issue.input)) })
    .refine((value) => !value.includes("\0"), { error: "must not hold a zero byte" }),
);

/** Any JSON value. What reaches a schema has been read from JSON or YAML, where nothing else can stand. */
export const AnyJson = z.unknown() as z.ZodType<Json>;

export const WholeNumber = z.number().int();

/** Milliseconds of a text that `Duration` accepted. */
export function spanMs(text: string): number {
  return parseDuration(text) ?? 0;
}

/** What is wrong with a path for packed or absolute files, or undefined. */
function pathFault(path: string): string | undefined {
  if (path === "") return "must not be empty";
  if (/^[a-z][a-z0-9+.-]*:\/\//iu.test(path)) {
    return `${shortened(path)}: data from other machines is not available yet; copy the files into the pipeline's folder or to an absolute path on the workers`;
  }
  if (path.startsWith("~")) return `${shortened(path)}: ~ is not expanded; give the whole path`;
  if (path.includes("\\")) return `${shortened(path)}: use forward slashes`;
  if (path.includes("\0")) return "must not hold a zero byte";
  if (path.split("/").includes("..")) return `${shortened(path)} leaves the pipeline's folder: remove the .. from it`;
  if (path.split("/").every((part) => part === "" || part === ".")) return `${shortened(path)} names no file`;
  return undefined;
}

function variableFault(name: string): string | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/u.test(name)) return "is no name of an environment variable";
  return name.startsWith("SLIPWAY_") ? "is Slipway's own; use another name" : undefined;
}

function durationMessage(input: unknown): string {
  if (input === undefined) return "is missing; must be a duration such as 30s or 1h30m";
  return `must be a duration such as 250ms, 30s or 1h30m, not ${shortened(input)}`;
}

function sizeMessage(input: unknown): string {
  return `must be an amount such as 512Mi or 16Gi, not ${shortened(input)}`;
}

function wordMessage(input: unknown): string {
  if (input === null || typeof input === "object") return "must be text";
  return `must be text: put the ${typeof input} in quotes`;
}

function shortened(input: unknown): string {
  const text = typeof input === "string" ? input : (JSON.stringify(input) ?? "nothing");
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
