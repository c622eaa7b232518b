import { createFileStore } from "../../src/artifacts/file-store.ts";
import { describeArtifactStore } from "./artifact-store.ts";

describeArtifactStore("the file store", async (folder) => createFileStore({ root: folder }));
