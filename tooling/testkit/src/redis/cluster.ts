import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Redis } from "ioredis";

import { freePort } from "./free-port.js";
import { startRedis, type RedisServer } from "./server.js";

const run = promisify(execFile);

export interface RedisCluster extends AsyncDisposable {
  /** The `redis+cluster://` URL with all nodes. */
  readonly url: string;
  readonly nodes: readonly RedisServer[];
  /** The node that has a key. */
  ownerOf(key: string): Promise<RedisServer>;
  /** Runs redis-cli against a node and returns its output. */
  cli(node: RedisServer, ...words: string[]): Promise<string>;
  stop(): Promise<void>;
}

/** A real cluster of masters, each with its share of the slots: `await using cluster = await startCluster()`. */
export async function startCluster(size = 3): Promise<RedisCluster> {
  const nodes: RedisServer[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.stop()));
  };
  try {
    // By default the nodes talk on a port in the ephemeral range, which any client may be using.
    for (let count = 0; count < size; count += 1) {
      const args = [
        "--cluster-enabled",
        "yes",
        "--cluster-announce-ip",
        "127.0.0.1",
        "--cluster-port",
        `${await freePort()}`,
      ];
      nodes.push(
        await startRedis({
          args: [...args, "--cluster-node-timeout", "60000", "--cluster-require-full-coverage", "no"],
        }),
      );
    }
    const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`);
    await run("redis-cli", ["--cluster", "create", ...addresses, "--cluster-yes"]);
    await Promise.all(nodes.map(isReady));
    return {
      url: `redis+cluster://${addresses.join(",")}`,
      nodes,
      ownerOf: (key) => ownerOf(nodes, key),
      cli: async ({ port }, ...words) => (await run("redis-cli", ["-p", `${port}`, ...words])).stdout.trim(),
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function isReady({ url }: RedisServer): Promise<void> {
  const client = new Redis(url);
  try {
    while (!(await client.cluster("INFO")).includes("cluster_state:ok"))
      await new Promise((resolve) => setTimeout(resolve, 20));
  } finally {
    client.disconnect();
  }
}

async function ownerOf(nodes: readonly RedisServer[], key: string): Promise<RedisServer> {
  for (const node of nodes) {
    const client = new Redis(node.url);
    try {
      await client.exists(key);
      return node;
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith("MOVED"))) throw error;
    } finally {
      client.disconnect();
    }
  }
  throw new Error(`no node has the key ${key}`);
}
