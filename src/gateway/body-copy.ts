/** Longest answer that is kept, for reading decisions from it and for comparing. */
export const MAX_COPIED_BYTES = 256 * 1024;

/** A copy of a body that passes by, given up when it grows too long. */
export interface BodyCopy {
  add(chunk: Buffer): void;
  /** What passed by; undefined when it was too long to keep. */
  bytes(): Buffer | undefined;
}

export function createBodyCopy(): BodyCopy {
  let chunks: Buffer[] | undefined = [];
  let length = 0;
  return {
    add(chunk) {
      length += chunk.length;
      if (length > MAX_COPIED_BYTES) chunks = undefined;
      else chunks?.push(chunk);
    },
    bytes: () => (chunks?.length === 1 ? chunks[0] : chunks && Buffer.concat(chunks)),
  };
}
