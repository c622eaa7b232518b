/** DuckDB's names of the physical types that contracts use, in lower case. */
const PHYSICAL_TYPES: Readonly<Record<string, string>> = {
  tinyint: "TINYINT",
  int8: "TINYINT",
  smallint: "SMALLINT",
  int16: "SMALLINT",
  short: "SMALLINT",
  int: "INTEGER",
  integer: "INTEGER",
  int32: "INTEGER",
  bigint: "BIGINT",
  int64: "BIGINT",
  long: "BIGINT",
  hugeint: "HUGEINT",
  utinyint: "UTINYINT",
  usmallint: "USMALLINT",
  uinteger: "UINTEGER",
  ubigint: "UBIGINT",
  uint8: "UTINYINT",
  uint16: "USMALLINT",
  uint32: "UINTEGER",
  uint64: "UBIGINT",
  real: "FLOAT",
  float: "FLOAT",
  float32: "FLOAT",
  double: "DOUBLE",
  float64: "DOUBLE",
  "double precision": "DOUBLE",
  varchar: "VARCHAR",
  char: "VARCHAR",
  text: "VARCHAR",
  string: "VARCHAR",
  boolean: "BOOLEAN",
  bool: "BOOLEAN",
  date: "DATE",
  time: "TIME",
  timestamp: "TIMESTAMP",
  datetime: "TIMESTAMP",
  timestamptz: "TIMESTAMP WITH TIME ZONE",
  "timestamp with time zone": "TIMESTAMP WITH TIME ZONE",
  uuid: "UUID",
  blob: "BLOB",
  bytes: "BLOB",
};

/** DuckDB's name of a physical type, or undefined when it is none that we know. Lengths of texts do not matter to it. */
export function physicalTypeOf(name: string): string | undefined {
  const word = name.trim().toLowerCase().replaceAll(/\s+/gu, " ");
  const decimal = /^(?:decimal|numeric) ?\( ?(\d{1,2}) ?(?:, ?(\d{1,2}) ?)?\)$/u.exec(word);
  if (decimal !== null) return `DECIMAL(${decimal[1]},${decimal[2] ?? "0"})`;
  const bare = word.replace(/^(varchar|char|string) ?\( ?\d+ ?\)$/u, "$1");
  return Object.hasOwn(PHYSICAL_TYPES, bare) ? PHYSICAL_TYPES[bare] : undefined;
}

/** Patterns of the formats of strings that we check, in RE2 syntax. */
export const STRING_FORMATS: Readonly<Record<string, string>> = {
  email: "^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$",
  uuid: "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$",
  uri: "^[A-Za-z][A-Za-z0-9+.-]*:[^\\s]*$",
  hostname: "^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$",
  ipv4: "^(?:(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)\\.){3}(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)$",
};

/** Ranges of the whole-number formats: least and largest value. 64 bits and more need no rule: the type says it. */
export const INTEGER_FORMATS: Readonly<Record<string, readonly [number, number] | undefined>> = {
  i8: [-128, 127],
  i16: [-32_768, 32_767],
  i32: [-2_147_483_648, 2_147_483_647],
  u8: [0, 255],
  u16: [0, 65_535],
  u32: [0, 4_294_967_295],
};
