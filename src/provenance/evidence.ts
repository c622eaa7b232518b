/** Where a release's plan, reports, decisions and history are laid down for people and auditors. */
export interface EvidenceFolder {
  /** Writes one file of a release's evidence, replacing an earlier one; returns where it lies. */
  write(release: string, name: string, content: string | Uint8Array): Promise<string>;
}
