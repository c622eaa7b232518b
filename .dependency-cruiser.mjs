// A working start for the boundary rules of architecture.md; extend it as folders appear.
const pure = "^src/(domain|statistics|gates|rollout|approval)/";
const replayed = "^src/(domain|rollout|approval)/";
const contracts =
  "^src/(executors/executor|serving/server|routers/router|metrics/metric-source|artifacts/store|datasets/dataset|provenance/evidence|identity/identity|notify/notifier)[.]ts$";
const adapters = "^src/(executors|serving|routers|metrics|artifacts|datasets|provenance|identity|notify)/";
const test = "[.]test[.]ts$";

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: "no-circular",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "pure-stays-pure",
      severity: "error",
      comment: "No I/O, no library: a statistics library is the one exception, for statistics.",
      from: { path: pure, pathNot: test },
      to: { pathNot: [pure, "node_modules/(@stdlib|simple-statistics)/"] },
    },
    {
      name: "workflows-only-sequence",
      severity: "error",
      comment:
        "Workflow code is replayed: only the small, versioned code of domain, rollout and approval. Judgement and effects are activities, known here by type.",
      from: { path: "^src/workflows/", pathNot: test },
      to: {
        pathNot: ["^src/workflows/", replayed, "node_modules/@temporalio/(workflow|common)/"],
        dependencyTypesNot: ["type-only"],
      },
    },
    {
      name: "adapters-are-known-by-their-contract",
      severity: "error",
      comment:
        "Only the composition roots import a concrete adapter: src/workers, and the supervisor's main file for its own process.",
      from: { path: "^src/", pathNot: ["^src/workers/", "^src/supervisor/main[.]ts$", adapters, test] },
      to: { path: adapters, pathNot: contracts },
    },
    {
      name: "adapters-do-not-know-each-other",
      severity: "error",
      from: {
        path: "^src/(executors|serving|routers|metrics|artifacts|datasets|provenance|identity|notify)/",
        pathNot: test,
      },
      to: { path: adapters, pathNot: ["^src/$1/", contracts] },
    },
    {
      name: "edges-know-no-inside",
      severity: "error",
      comment: "cli/up and cli/demo start the built worker as a process.",
      from: { path: "^src/(api|cli|console)/" },
      to: { path: ["^src/(workers|activities)/", adapters], dependencyTypesNot: ["type-only"] },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
    },
  },
};
