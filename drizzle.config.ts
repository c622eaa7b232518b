import { defineConfig } from "drizzle-kit";

/** `npx drizzle-kit generate --name what-changes` writes the next migration. */
export default defineConfig({
  dialect: "postgresql",
  schema: "./src/registry/schema/*.ts",
  out: "./migrations",
});
