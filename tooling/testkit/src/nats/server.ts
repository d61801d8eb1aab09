import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startReady } from "../ready-process.js";
import { selfSignedCertificate, type Certificate } from "../redis/certificate.js";
import { freePort } from "../redis/free-port.js";
import { requireCommands } from "../require-command.js";
import type { Requirement } from "../requirement.js";
import { temporaryDirectory, type TemporaryDirectory } from "../temporary-directory.js";

/** The nats-server of this machine, and openssl if a certificate is needed, for `describeRequiring`. */
export function requireNats({ tls = false }: { tls?: boolean } = {}): Requirement {
  return tls ? requireCommands("nats-server", "openssl") : requireCommands("nats-server");
}

export interface NatsOptions {
  /** Everybody logs in with it. */
  readonly token?: string;
  /** The lines of `authorization { ... }`, in the server's own syntax. */
  readonly authorization?: string;
  readonly tls?: boolean;
  /** Whether a TLS server requires a certificate from its clients. Its own is accepted. */
  readonly clientCertificates?: boolean;
  /** Default: with JetStream, in a directory of its own. */
  readonly jetstream?: boolean;
  /** The largest message in bytes. Default 8 MiB: an entry of 1 MiB may take several as JSON. */
  readonly maxPayload?: number;
}

export interface NatsServer extends AsyncDisposable {
  /** Includes the token; TLS servers have `tls://`. */
  readonly url: string;
  readonly port: number;
  /** The path of the certificate to trust, and of its key, for a TLS server. */
  readonly ca: string | undefined;
  readonly key: string | undefined;
  /** Stops the server permanently and removes its files. */
  stop(): Promise<void>;
  /** Simulates an outage: the process is gone at once, along with its clients' connections. */
  kill(): Promise<void>;
  /** Simulates a hang: connections stay open, but nothing answers from now on. */
  pause(): Promise<void>;
  resume(): void;
  /** Starts a server on the same port with the same streams, whether the old process is running or was killed. */
  restart(): Promise<void>;
}

/** A real nats-server on a free port of 127.0.0.1: `await using nats = await startNats()`. */
export async function startNats(options: NatsOptions = {}): Promise<NatsServer> {
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
  options: NatsOptions,
  tls: Certificate | undefined,
  directory: TemporaryDirectory,
): Promise<NatsServer> {
  const port = await freePort();
  const configuration = join(directory.path, "nats.conf");
  await writeFile(configuration, configurationLines(options, tls, directory.path, port).join("\n"));
  const start = () => startReady("nats-server", ["-c", configuration], "Server is ready");
  let server = await start();
  const stop = async (): Promise<void> => {
    await server.end();
    await directory.remove();
  };
  const token = options.token === undefined ? "" : `${encodeURIComponent(options.token)}@`;
  return {
    url: `${tls === undefined ? "nats" : "tls"}://${token}127.0.0.1:${port}`,
    port,
    ca: tls?.certificate,
    key: tls?.key,
    stop,
    kill: () => server.kill(),
    pause: () => server.pause(),
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

function configurationLines(
  { token, authorization, clientCertificates = false, jetstream = true, maxPayload = 8 * 1024 * 1024 }: NatsOptions,
  tls: Certificate | undefined,
  directory: string,
  port: number,
): string[] {
  const lines = [`listen: "127.0.0.1:${port}"`, `max_payload: ${maxPayload}`];
  if (jetstream) lines.push(`jetstream { store_dir: ${JSON.stringify(join(directory, "store"))} }`);
  if (token !== undefined) lines.push(`authorization { token: ${JSON.stringify(token)} }`);
  if (authorization !== undefined) lines.push(`authorization {\n${authorization}\n}`);
  if (tls !== undefined) {
    const [certificate, key] = [tls.certificate, tls.key].map((path) => JSON.stringify(path));
    lines.push(
      `tls { cert_file: ${certificate}, key_file: ${key}, ca_file: ${certificate}, verify: ${clientCertificates} }`,
    );
  }
  return lines;
}
