import { localExecutorUnderTest } from "../support/local-executor.ts";
import { describeExecutor } from "./executor.ts";

describeExecutor("the local executor", () => localExecutorUnderTest());
