/** `1 unit`, `2 units`: a count with its noun, grouped by thousands. */
export function counted(count: number, singular: string, plural = `${singular}s`): string {
  return `${count.toLocaleString("en-US")} ${count === 1 ? singular : plural}`;
}

/** The first twelve digits of a digest: enough to tell two apart by eye. */
export function shortDigest(digest: string): string {
  return digest.replace(/^sha256:([0-9a-f]{12})[0-9a-f]*$/u, "sha256:$1");
}
