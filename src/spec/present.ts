/** The fields of a type, of which the optional ones may also be written as undefined. */
type Loose<Wished> = {
  readonly [Key in keyof Wished]: object extends Pick<Wished, Key> ? Wished[Key] | undefined : Wished[Key];
};

/** The object without the fields that are undefined: absent is absent, in digests and in JSON. */
export function present<Wished extends object>(fields: Loose<Wished>): Wished {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Wished;
}
