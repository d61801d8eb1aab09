import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { temporaryDirectory, type TemporaryDirectory } from "../temporary-directory.js";
import { selfSignedCertificate, type Certificate } from "./certificate.js";
import { freePort } from "./free-port.js";
import { startProcess } from "../ready-process.js";

export interface AclUser {
  readonly name: string;
  readonly password: string;
  /** In Redis' own syntax, for example `~* +xrange +xinfo`. */
  readonly rules: string;
}

export interface RedisOptions {
  readonly requirePass?: string;
  readonly aclUsers?: readonly AclUser[];
  readonly tls?: boolean;
  /** Whether a TLS server requires a certificate from its clients. Its own is accepted. */
  readonly clientCertificates?: boolean;
  /** Whether everything acknowledged is on disk and survives `kill` and `restart`. Default: nothing is kept. */
  readonly persistent?: boolean;
  /** Further command line arguments for redis-server. */
  readonly args?: readonly string[];
}

export interface RedisServer extends AsyncDisposable {
  /** Includes the password of `requirePass`; TLS servers have `rediss://`. */
  readonly url: string;
  readonly port: number;
  /** The path of the certificate to trust, for a TLS server. */
  readonly ca: string | undefined;
  /** The path of that certificate's key, for a TLS server. */
  readonly key: string | undefined;
  /** Stops the server permanently and removes its files. */
  stop(): Promise<void>;
  /** Simulates an outage: the process is gone at once, along with its clients' connections. */
  kill(): Promise<void>;
  /** Simulates a hang: connections stay open, but nothing answers. */
  pause(): void;
  resume(): void;
  /** Starts a server on the same port, empty unless persistent, whether the old process is running or was killed. */
  restart(): Promise<void>;
}

/**
 * A real redis-server on a free port of 127.0.0.1. It keeps nothing on disk unless asked to: `await using redis = await
 * startRedis()`.
 */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const directory = await temporaryDirectory();
  try {
    const tls = options.tls === true ? await selfSignedCertificate(directory.path) : undefined;
    return await serve(options, tls, directory);
  } catch (error) {
    await directory.remove();
    throw error;
  }
}

async function serve(
  options: RedisOptions,
  tls: Certificate | undefined,
  directory: TemporaryDirectory,
): Promise<RedisServer> {
  const port = await freePort();
  const configuration = join(directory.path, "redis.conf");
  await writeFile(configuration, configurationLines(options, tls, directory.path, port).join("\n"));
  const start = () => startProcess([configuration, ...(options.args ?? [])]);
  let server = await start();

  const stop = async (): Promise<void> => {
    await server.end();
    await directory.remove();
  };
  const password = options.requirePass === undefined ? "" : `default:${encodeURIComponent(options.requirePass)}@`;
  return {
    url: `${tls === undefined ? "redis" : "rediss"}://${password}127.0.0.1:${port}`,
    port,
    ca: tls?.certificate,
    key: tls?.key,
    stop,
    kill: () => server.kill(),
    pause: () => {
      server.signal("SIGSTOP");
    },
    resume: () => {
      server.signal("SIGCONT");
    },
    restart: async () => {
      await server.end();
      server = await start();
    },
    [Symbol.asyncDispose]: stop,
  };
}

/** In a file instead of arguments, so that passwords and rules need no escaping. */
function configurationLines(
  options: RedisOptions,
  tls: Certificate | undefined,
  directory: string,
  port: number,
): string[] {
  const lines = ["bind 127.0.0.1", `dir ${JSON.stringify(directory)}`, 'save ""', ...persistence(options)];
  if (tls === undefined) {
    lines.push(`port ${port}`);
  } else {
    lines.push("port 0", `tls-port ${port}`, `tls-auth-clients ${options.clientCertificates === true ? "yes" : "no"}`);
    lines.push(`tls-cert-file ${tls.certificate}`, `tls-key-file ${tls.key}`, `tls-ca-cert-file ${tls.certificate}`);
  }
  if (options.requirePass !== undefined) lines.push(`requirepass ${JSON.stringify(options.requirePass)}`);
  for (const { name, password, rules } of options.aclUsers ?? []) {
    lines.push(`user ${name} on ${JSON.stringify(`>${password}`)} ${rules}`);
  }
  return lines;
}

function persistence({ persistent = false }: RedisOptions): string[] {
  return persistent ? ["appendonly yes", "appendfsync always"] : ["appendonly no"];
}
