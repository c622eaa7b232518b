import { Pool } from "undici";

/** Connections to one model server; further requests wait for one, within their time-out. */
const MAX_CONNECTIONS = 256;
/** Below the 5 s after which common servers close an idle connection, so that none is closed under a request. */
const IDLE_MS = 4_000;
const CONNECT_TIMEOUT_MS = 2_000;

/** Connections to a model server. */
export interface ServerPool {
  readonly pool: Pool;
  /** What the paths of this server begin with; without a trailing slash. */
  readonly basePath: string;
}

/** A store of pools, one an address. */
export interface ServerPools {
  find(address: string): ServerPool;
  /** Forgets all others. Requests under way there still finish; idle connections close by themselves. */
  keepOnly(addresses: ReadonlySet<string>): void;
  destroy(): Promise<void>;
}

export function createServerPools(): ServerPools {
  const pools = new Map<string, ServerPool>();
  return {
    find(address) {
      const known = pools.get(address);
      if (known !== undefined) return known;
      const url = new URL(address);
      const pool = new Pool(url.origin, {
        connections: MAX_CONNECTIONS,
        keepAliveTimeout: IDLE_MS,
        connect: { timeout: CONNECT_TIMEOUT_MS },
        // Silence is watched by whoever sends the request, to the millisecond.
        headersTimeout: 0,
        bodyTimeout: 0,
      });
      const fresh = { pool, basePath: url.pathname.replace(/\/$/u, "") };
      pools.set(address, fresh);
      return fresh;
    },
    keepOnly(addresses) {
      for (const address of pools.keys()) if (!addresses.has(address)) pools.delete(address);
    },
    async destroy() {
      await Promise.all([...pools.values()].map(({ pool }) => pool.destroy()));
      pools.clear();
    },
  };
}
