import type { Payload } from "@temporalio/common/lib/proto-utils.js";

/** The JSON values of payloads; undefined for one that is encrypted, of another encoding, or no JSON. */
export function decodePayloads(
  payloads: { readonly payloads?: readonly Payload[] | null } | null | undefined,
): readonly unknown[] {
  return (payloads?.payloads ?? []).map(({ metadata, data }) => {
    const encoding = new TextDecoder().decode(metadata?.["encoding"] ?? new Uint8Array());
    if (!encoding.startsWith("json/") || data === undefined || data === null) return undefined;
    try {
      return JSON.parse(new TextDecoder().decode(data)) as unknown;
    } catch {
      // Anybody may send anything: an auditor sees that it came, not what it was to mean.
      return undefined;
    }
  });
}
