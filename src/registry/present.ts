/** A row as we hand it out: columns that are null are absent. */
export type Present<Row> = {
  readonly [Key in keyof Row as null extends Row[Key] ? never : Key]: Row[Key];
} & {
  readonly [Key in keyof Row as null extends Row[Key] ? Key : never]?: NonNullable<Row[Key]>;
};

/** Leaves out the hidden columns and those that are null: `null` is for SQL and JSON, absent is for us. */
export function present<Row extends object, Hidden extends keyof Row>(
  row: Row,
  ...hidden: readonly Hidden[]
): Present<Omit<Row, Hidden>> {
  const hides = new Set<PropertyKey>(hidden);
  const shown = Object.entries(row).filter(([name, value]) => value !== null && !hides.has(name));
  return Object.fromEntries(shown) as Present<Omit<Row, Hidden>>;
}
