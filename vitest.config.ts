import { defineConfig } from "vitest/config";

/** unit: pure, no process. integration: real processes, PostgreSQL and Temporal; run from the built dist/. */
export default defineConfig({
  test: {
    projects: [
      // Pure code keeps nothing between files, so they may share what they import: loading it was most of the time.
      {
        test: {
          name: "unit",
          include: ["src/**/*.test.ts"],
          testTimeout: 20_000,
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "integration",
          include: ["test/**/*.test.ts"],
          globalSetup: ["test/support/built-and-served.ts", "test/support/postgres-setup.ts"],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          // After the pure tests, and not more of them at once than two cores can bear.
          sequence: { groupOrder: 1 },
          pool: "forks",
          maxWorkers: 2,
        },
      },
    ],
  },
});
