import type { TrafficState } from "../domain/traffic.ts";
import { askGateway } from "../gateway/admin-client.ts";
import type { Router } from "./router.ts";

/**
 * Moves traffic at the embedded gateway.
 *
 * @param options.adminUrl base URL of its admin server, without a trailing slash
 */
export function createGatewayRouter(options: { readonly adminUrl: string }): Router {
  const { adminUrl } = options;
  return {
    async apply(state) {
      await askGateway(adminUrl, { method: "PUT", path: pathOf(state.environment, state.endpoint), body: state });
    },
    async observe(environment, endpoint) {
      // The gateway checks states where they enter; what it answers is one of them.
      return (await askGateway(adminUrl, { method: "GET", path: pathOf(environment, endpoint) })) as
        | TrafficState
        | undefined;
    },
    async remove(environment, endpoint) {
      await askGateway(adminUrl, { method: "DELETE", path: pathOf(environment, endpoint) });
    },
  };
}

function pathOf(environment: string, endpoint: string): string {
  return `/endpoints/${encodeURIComponent(environment)}/${encodeURIComponent(endpoint)}`;
}
