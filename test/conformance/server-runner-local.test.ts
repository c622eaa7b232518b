import { localServerRunnerUnderTest } from "../support/local-executor.ts";
import { describeServerRunner } from "./server-runner.ts";

describeServerRunner("the local server runner", () => localServerRunnerUnderTest());
