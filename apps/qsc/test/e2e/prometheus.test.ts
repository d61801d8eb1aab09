import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { digestOf } from "@qsc/contract";
import {
  describeRequiring,
  freePort,
  repositoryRoot,
  requireCommands,
  startServer,
  temporaryDirectory,
  writeCanaryFiles,
  type ServerProcess,
  type TemporaryDirectory,
} from "@qsc-tooling/testkit";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { startConsole, type RunningConsole } from "./support/console.js";

const UNIT = "engine.service";
const TOKEN = "an-example-token-of-some-length";
const MONITORING = join(repositoryRoot, "apps/qsc/monitoring");
const PATIENT = { timeout: 120_000, interval: 250 };

describeRequiring(requireCommands("prometheus"), "a real Prometheus that scrapes the console", (command) => {
  let home: TemporaryDirectory;
  let console: RunningConsole;
  let server: ServerProcess;
  let api: string;
  beforeAll(async () => {
    home = await temporaryDirectory();
    const work = join(home.path, "work");
    await writeCanaryFiles(work, {
      ...{ unit: UNIT, digestOf, nowMs: Date.now(), models: ["a", "b"], phase: "canary", past: 2 },
      judgedAgoMs: 200_000,
    });
    const args = ["--workdir", work, "--unit", UNIT, "--source", "redis://127.0.0.1:1"];
    console = await startConsole(args, { env: { QSC_CONSOLE_TOKEN: TOKEN } });
    const port = await freePort();
    const token = join(home.path, "token");
    await writeFile(token, TOKEN, { mode: 0o600 });
    const config = {
      global: { scrape_interval: "1s", evaluation_interval: "1s" },
      rule_files: [join(MONITORING, "alerts.yaml")],
      scrape_configs: [
        {
          job_name: "qsc",
          authorization: { credentials_file: token },
          static_configs: [{ targets: [new URL(console.url).host] }],
        },
      ],
    };
    // JSON is YAML.
    await writeFile(join(home.path, "prometheus.yml"), JSON.stringify(config));
    api = `http://127.0.0.1:${port}/api/v1`;
    server = await startServer(
      command,
      [
        `--config.file=${join(home.path, "prometheus.yml")}`,
        `--storage.tsdb.path=${join(home.path, "data")}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      port,
    );
    await vi.waitFor(async () => {
      expect(await query("up")).toEqual([{ metric: expect.anything() as object, value: [expect.anything(), "1"] }]);
    }, PATIENT);
  });
  afterAll(async () => {
    await server.stop();
    await console.stop();
    await home.remove();
  });

  async function get<Data>(path: string): Promise<Data> {
    const answer = (await (await fetch(`${api}${path}`)).json()) as { status: string; error?: string; data: Data };
    expect(answer.error ?? "").toBe("");
    return answer.data;
  }

  interface Series {
    readonly metric: Readonly<Record<string, string>>;
    readonly value: readonly [number, string];
  }

  async function query(expression: string): Promise<readonly Series[]> {
    return (await get<{ result: readonly Series[] }>(`/query?query=${encodeURIComponent(expression)}`)).result;
  }

  test("reads them with the token, each under its labels", async () => {
    await vi.waitFor(async () => {
      expect((await query('qsc_canary_phase{phase="canary"}'))[0]?.value[1]).toBe("1");
    }, PATIENT);
    expect((await query("qsc_canary_share_ratio"))[0]).toMatchObject({ metric: { model: "b", job: "qsc" } });
    const targets = await get<{ activeTargets: readonly { health: string; lastError: string }[] }>("/targets");
    expect(targets.activeTargets).toMatchObject([{ health: "up", lastError: "" }]);
  });

  test("evaluates every alert rule, and the one about a canary that is not judged fires", async () => {
    const rules = await vi.waitFor(async () => {
      const { groups } = await get<{ groups: readonly { rules: readonly Rule[] }[] }>("/rules");
      const all = groups.flatMap((group) => group.rules);
      expect(all.filter(({ health }) => health === "unknown")).toEqual([]);
      expect(all.find(({ name }) => name === "QscCanaryNotJudged")?.state).toBe("firing");
      return all;
    }, PATIENT);
    const wanted = [...(await readFile(join(MONITORING, "alerts.yaml"), "utf8")).matchAll(/alert: (\w+)/g)];
    expect(rules.map(({ name }) => name)).toEqual(wanted.map(([, name]) => name));
    expect(rules.filter(({ health }) => health !== "ok")).toEqual([]);
  });

  test("answers every question of the dashboard, and those about a watch and past rollbacks with a value", async () => {
    const { panels } = JSON.parse(await readFile(join(MONITORING, "dashboard.json"), "utf8")) as {
      readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[];
    };
    const answered: string[] = [];
    for (const { title, targets } of panels) {
      const answers = await Promise.all(targets.map(({ expr }) => query(expr.replaceAll("$instance", ".*"))));
      if (answers.some((series) => series.length > 0)) answered.push(title);
    }
    expect(answered).toEqual(
      expect.arrayContaining([
        ...["Phase", "Time to go", "Last judgement", "Margins: nearest check of each model", "Evidence", "Watched"],
        ...["Worst margins of the watch", "Weights", "Telemetry", "Rollbacks", "How long the newest rollback took"],
      ]),
    );
  });
});

interface Rule {
  readonly name: string;
  readonly state: string;
  readonly health: string;
}
