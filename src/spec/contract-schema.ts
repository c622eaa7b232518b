import { z } from "zod";
import { closed, type LaterKeys } from "./closed-object.ts";
import { LOGICAL_TYPES } from "./contract.ts";

/** Anything: fields that describe and carry no rule. */
const Described = z.unknown().optional();
const Tags = z.array(z.string()).optional();
const ScalarValue = z.union([z.string(), z.number(), z.boolean()], { error: "must be text, a number, true or false" });
const Limit = z
  .union([z.number(), z.string()], { error: "must be the limit itself: a number, or a date as text" })
  .optional();

const LATER_OPTIONS: LaterKeys = {
  multipleOf: "leave it out",
  minItems: "leave it out",
  maxItems: "leave it out",
  uniqueItems: "leave it out",
  minProperties: "leave it out",
  maxProperties: "leave it out",
  required: "leave it out",
  timezone: "leave it out: times without a zone are UTC",
  defaultTimezone: "leave it out: times without a zone are UTC",
  dimensions: "leave it out",
};

const LogicalTypeOptions = closed(
  {
    minimum: Limit,
    maximum: Limit,
    exclusiveMinimum: Limit,
    exclusiveMaximum: Limit,
    minLength: z.number().int().min(0).optional(),
    maxLength: z.number().int().min(0).optional(),
    pattern: z.string().min(1).max(2000).optional(),
    format: z.string().min(1).optional(),
  },
  LATER_OPTIONS,
);

const Operand = z.number().optional();
const Range = z
  .tuple([z.number(), z.number()], { error: "must be a list of two numbers, the smaller first" })
  .optional();

/** Which of the operators a quality rule has is checked where it becomes a rule. */
export const Quality = closed(
  {
    type: z.enum(["library", "text", "sql", "custom"]).default("library"),
    metric: z.string().optional(),
    arguments: closed({
      validValues: z.array(ScalarValue).min(1).optional(),
      pattern: z.string().min(1).max(2000).optional(),
      missingValues: z
        .array(z.union([ScalarValue, z.null()]))
        .min(1)
        .optional(),
      properties: z.array(z.string().min(1)).min(1).optional(),
    }).optional(),
    mustBe: Operand,
    mustNotBe: Operand,
    mustBeLessThan: Operand,
    mustBeLessOrEqualTo: Operand,
    mustBeGreaterThan: Operand,
    mustBeGreaterOrEqualTo: Operand,
    mustBeBetween: Range,
    mustNotBeBetween: Range,
    unit: z.enum(["rows", "percent"]).default("rows"),
    severity: z.string().optional(),
    name: z.string().min(1).max(200).optional(),
    id: Described,
    description: Described,
    dimension: Described,
    businessImpact: Described,
    authoritativeDefinitions: Described,
    customProperties: Described,
    tags: Tags,
    query: Described,
    engine: Described,
    implementation: Described,
  },
  {
    rule: "write metric, as the standard does since 3.1",
    schedule: "leave it out: rules run in each release",
    scheduler: "leave it out: rules run in each release",
    method: "leave it out",
    filter: "leave it out",
  },
);

const NESTED = "columns are checked as a whole; leave it out";

export const Property = closed(
  {
    name: z.string().min(1),
    physicalName: z.string().min(1).optional(),
    logicalType: z.enum(LOGICAL_TYPES).optional(),
    physicalType: z.string().min(1).max(100).optional(),
    logicalTypeOptions: LogicalTypeOptions.optional(),
    required: z.boolean().default(false),
    unique: z.boolean().default(false),
    primaryKey: z.boolean().default(false),
    primaryKeyPosition: Described,
    classification: z.string().optional(),
    tags: Tags,
    quality: z.array(Quality).default([]),
    id: Described,
    businessName: Described,
    description: Described,
    examples: Described,
    partitioned: Described,
    partitionKeyPosition: Described,
    criticalDataElement: Described,
    encryptedName: Described,
    transformSourceObjects: Described,
    transformLogic: Described,
    transformDescription: Described,
    authoritativeDefinitions: Described,
    customProperties: Described,
    context: Described,
    deprecated: Described,
  },
  {
    properties: NESTED,
    items: NESTED,
    map: NESTED,
    relationships: "leave it out",
    enum: "use a quality rule with validValues",
  },
);

const Table = closed(
  {
    name: z.string().min(1),
    physicalName: Described,
    physicalType: Described,
    logicalType: z.literal("object").optional(),
    properties: z.array(Property).default([]),
    quality: z.array(Quality).default([]),
    id: Described,
    businessName: Described,
    description: Described,
    tags: Tags,
    dataGranularityDescription: Described,
    authoritativeDefinitions: Described,
    customProperties: Described,
    context: Described,
    deprecated: Described,
  },
  { relationships: "leave it out" },
);

export const ServiceLevel = closed({
  property: z.string().min(1),
  value: z.unknown(),
  valueExt: Described,
  unit: z.string().optional(),
  element: z.string().min(1).optional(),
  id: Described,
  driver: Described,
  description: Described,
  scheduler: Described,
  schedule: Described,
  authoritativeDefinitions: Described,
  customProperties: Described,
});

/** The subset of the Open Data Contract Standard 3.x that is understood: https://bitol-io.github.io/open-data-contract-standard. */
export const ContractSchema = closed({
  apiVersion: z.string().regex(/^v3\.\d+\.\d+$/u, { error: "must be a version 3 of the standard, such as v3.1.0" }),
  kind: z.literal("DataContract"),
  id: z.string().min(1),
  version: z.string({ error: "must be text, such as 1.0.0 in quotes" }).min(1),
  status: z.string().min(1),
  schema: z
    .array(Table)
    .length(1, { error: "must describe exactly one table; several are not available yet: write a contract for each" }),
  slaProperties: z.array(ServiceLevel).default([]),
  slaDefaultElement: z.string().min(1).optional(),
  name: Described,
  tenant: Described,
  tags: Tags,
  servers: Described,
  dataProduct: Described,
  description: Described,
  domain: Described,
  context: Described,
  support: Described,
  price: Described,
  team: Described,
  roles: Described,
  authoritativeDefinitions: Described,
  customProperties: Described,
  contractCreatedTs: Described,
});

export type PropertyDocument = z.output<typeof Property>;
export type QualityDocument = z.output<typeof Quality>;
export type ServiceLevelDocument = z.output<typeof ServiceLevel>;
