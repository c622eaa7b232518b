import type { FailureCode } from "../../domain/errors.ts";
import type { PartName, StackAddresses } from "./part.ts";

/** What `up` tells, in order; as JSON lines on the standard output of its process. `message` is a sentence for people. */
export type StackEvent =
  | { readonly event: "step"; readonly message: string; readonly part?: PartName }
  | { readonly event: "part.started"; readonly message: string; readonly part: PartName; readonly pid: number }
  | { readonly event: "part.adopted"; readonly message: string; readonly part: PartName; readonly pid: number }
  | { readonly event: "part.died"; readonly message: string; readonly part: PartName; readonly pid: number }
  | { readonly event: "part.restarted"; readonly message: string; readonly part: PartName; readonly pid: number }
  | { readonly event: "part.failed"; readonly message: string; readonly part: PartName }
  | { readonly event: "part.stopped"; readonly message: string; readonly part: PartName }
  | {
      readonly event: "port.moved";
      readonly message: string;
      readonly part: PartName;
      readonly wanted: number;
      readonly port: number;
    }
  | {
      readonly event: "stack.ready";
      readonly message: string;
      readonly pid: number;
      readonly home: string;
      readonly addresses: PublicAddresses;
    }
  /** Another `up` runs this home: nothing was started. */
  | {
      readonly event: "stack.found";
      readonly message: string;
      readonly pid: number;
      readonly home: string;
      readonly addresses: PublicAddresses;
    }
  | { readonly event: "stack.stopping"; readonly message: string }
  | { readonly event: "stack.stopped"; readonly message: string }
  | { readonly event: "stack.failed"; readonly message: string; readonly code: FailureCode | "internal" };

/** The addresses that may be shown: the database's URL holds a password and stays in `<home>/env`. */
export type PublicAddresses = Omit<StackAddresses, "databaseUrl">;

export type Report = (event: StackEvent) => void;
