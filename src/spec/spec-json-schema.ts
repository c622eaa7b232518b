import { z } from "zod";
import { SpecSchema } from "./spec.ts";

/** The JSON Schema (draft 2020-12) of slipway.yaml, for editors: every field with its description and default. */
export function specJsonSchema(): Readonly<Record<string, unknown>> {
  const schema = z.toJSONSchema(SpecSchema, { target: "draft-2020-12", io: "input" });
  return {
    ...schema,
    title: "slipway.yaml",
    description: "A pipeline of Slipway: from data to a model in production.",
  };
}
