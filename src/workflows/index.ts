// The entry of the workflow bundle: every workflow type that a worker knows.
export { endpoint } from "./endpoint.ts";
export { releaseModel } from "./release-model.ts";
export { rollOut } from "./roll-out.ts";
