import type { ReleaseSnapshot } from "../watch/snapshot.ts";

/** Something that is done to a release while it runs, and what came of it. */
export interface Incident<Outcome> {
  /** Called with every look at the release. */
  readonly look: (snapshot: ReleaseSnapshot) => Promise<void>;
  /** Undefined until it has happened and its end is known. */
  readonly outcome: () => Outcome | undefined;
}
