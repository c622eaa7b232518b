const UNIT_BYTES: Readonly<Record<string, number>> = {
  k: 1e3,
  Ki: 1024,
  M: 1e6,
  Mi: 1024 ** 2,
  G: 1e9,
  Gi: 1024 ** 3,
  T: 1e12,
  Ti: 1024 ** 4,
};

/** Bytes of an amount in Kubernetes' units, such as `512Mi`; undefined when the text is no such amount. */
export function parseBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(k|Ki|M|Mi|G|Gi|T|Ti)$/u.exec(text);
  const unit = UNIT_BYTES[match?.[2] ?? ""];
  return match === null || unit === undefined ? undefined : Math.round(Number(match[1]) * unit);
}
