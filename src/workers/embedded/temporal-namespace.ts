import { Connection } from "@temporalio/client";
import { msToTs } from "@temporalio/common/lib/time.js";

const DAY_MS = 86_400_000;

/** A connection to the server at `address` (host:port) once its namespace answers; undefined while it does not. */
export async function whenServing(address: string, namespace: string): Promise<Connection | undefined> {
  let connection: Connection | undefined;
  try {
    connection = await Connection.connect({ address, connectTimeout: 2_000, tls: false });
    await withinSeconds(connection, 2, (to) => to.workflowService.describeNamespace({ namespace }));
    return connection;
  } catch {
    await connection?.close();
    return undefined;
  }
}

/** Makes the namespace keep closed runs this long. Existing longer retention is replaced too: it is one setting. */
export async function keepHistory(connection: Connection, namespace: string, days: number): Promise<void> {
  const config = { workflowExecutionRetentionTtl: msToTs(days * DAY_MS) };
  await withinSeconds(connection, 10, (to) => to.workflowService.updateNamespace({ namespace, config }));
}

/** Which of these search attributes the namespace does not know as Keyword. */
export async function missingSearchAttributes(
  connection: Connection,
  namespace: string,
  wanted: readonly string[],
): Promise<readonly string[]> {
  const { customAttributes } = await withinSeconds(connection, 10, (to) =>
    to.operatorService.listSearchAttributes({ namespace }),
  );
  // 2 is Keyword: https://github.com/temporalio/api/blob/master/temporal/api/enums/v1/common.proto (IndexedValueType)
  return wanted.filter((name) => Number(customAttributes[name]) !== 2);
}

/** Who polls the task queue for workflow tasks now: the workers' identities. */
export async function pollers(
  connection: Connection,
  namespace: string,
  taskQueue: string,
): Promise<readonly string[]> {
  const answer = await withinSeconds(connection, 10, (to) =>
    to.workflowService.describeTaskQueue({ namespace, taskQueue: { name: taskQueue } }),
  );
  return answer.pollers.flatMap((poller) => (poller.identity ? [poller.identity] : []));
}

/** A call without a deadline may wait for ever. */
function withinSeconds<Answer>(
  connection: Connection,
  seconds: number,
  call: (connection: Connection) => Promise<Answer>,
): Promise<Answer> {
  return connection.withDeadline(Date.now() + seconds * 1_000, () => call(connection));
}
