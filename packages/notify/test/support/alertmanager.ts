import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort, startServer, temporaryDirectory } from "@qsc-tooling/testkit";

/** An alert as Alertmanager shows it. */
interface ShownAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly status: { readonly state: string };
}

export interface Alertmanager extends AsyncDisposable {
  readonly url: string;
  /** The alerts that are active now. */
  alerts(): Promise<readonly ShownAlert[]>;
}

/** The real Alertmanager of the distribution, on a port of its own. */
export async function startAlertmanager(command: string): Promise<Alertmanager> {
  const directory = await temporaryDirectory();
  const port = await freePort();
  const config = join(directory.path, "alertmanager.yml");
  await writeFile(config, "route: {receiver: none}\nreceivers: [{name: none}]\n");
  const server = await startServer(
    command,
    [
      `--config.file=${config}`,
      `--storage.path=${join(directory.path, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--cluster.listen-address=",
    ],
    port,
  );
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    alerts: async () => (await (await fetch(`${url}/api/v2/alerts`)).json()) as readonly ShownAlert[],
    [Symbol.asyncDispose]: async () => {
      await server.stop();
      await directory.remove();
    },
  };
}
