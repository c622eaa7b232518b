import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { msToTs } from "@temporalio/common/lib/time.js";
import { TestWorkflowEnvironment } from "@temporalio/testing";
import { inject } from "vitest";
import { SEARCH_ATTRIBUTES } from "../../src/domain/messages.ts";
import { missingSearchAttributes } from "../../src/workers/embedded/temporal-namespace.ts";

/** The shared Temporal server, in a namespace that nobody else uses. */
export interface FreshTemporal {
  /** `client`, `nativeConnection` for workers, `namespace`, `address`; close it with `close`. */
  readonly environment: TestWorkflowEnvironment;
  readonly address: string;
  readonly namespace: string;
  /** Path of the Temporal CLI. */
  readonly cli: string;
  close(): Promise<void>;
}

const KEYWORD = 2; // IndexedValueType of the Temporal API

/**
 * A fresh namespace on the server that the whole test run shares, with our search attributes: workflow ids and task
 * queues of other files cannot meet ours. Call it in beforeAll and close it in afterAll.
 */
export async function freshTemporal(): Promise<FreshTemporal> {
  const address = inject("temporalAddress");
  const namespace = `test-${randomUUID()}`;
  const environment = await TestWorkflowEnvironment.createFromExistingServer({ address, namespace });
  const { connection } = environment;
  await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: msToTs("1 day") });
  const searchAttributes = Object.fromEntries(SEARCH_ATTRIBUTES.map((name) => [name, KEYWORD]));
  await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
  while ((await missingSearchAttributes(connection, namespace, SEARCH_ATTRIBUTES)).length > 0) await sleep(20);
  return { environment, address, namespace, cli: inject("temporalCli"), close: () => environment.teardown() };
}
