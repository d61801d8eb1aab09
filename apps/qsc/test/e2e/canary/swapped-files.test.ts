import { cp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  CanaryHost,
  describeRequiring,
  repositoryRoot,
  requireRedis,
  requireSystemd,
  temporaryDirectory,
  type TemporaryDirectory,
} from "@qsc-tooling/testkit";
import type { ActivateDocument, MonitorDocument, RollbackDocument } from "@qsc/contract";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { expectNoTrace } from "./support/baseline.js";
import { activated, cutoverWithEnough, MODEL, ran, watched } from "./support/life.js";

const MODELS = join(repositoryRoot, "apps/ai-engine/models");
/** The engine needs some seconds for its models on a busy machine, and publishes nothing of them before. */
const PROOF = ["--proof-timeout", "20s"];

describeRequiring(requireSystemd(), "files that change after the gate has judged what the engine loaded", () => {
  describeRequiring(requireRedis(), "on a real Redis, with the reference engine", () => {
    let host: CanaryHost;
    let home: TemporaryDirectory;
    let models = "";

    beforeAll(async () => {
      home = await temporaryDirectory();
      models = join(home.path, "models");
      await cp(MODELS, models, { recursive: true });
      host = await CanaryHost.start({
        engine: { kind: "real", rate: 80 },
        service: [`Environment=MODELS_DIR=${models}`],
      });
    });
    afterEach(async () => {
      await rm(models, { recursive: true });
      await cp(MODELS, models, { recursive: true });
      await rm(buildDropIn(), { force: true });
      await host.systemd.run("systemctl", "daemon-reload");
      // What comes next begins with an engine that has loaded the right files.
      await host.systemd.run("systemctl", "restart", host.unit);
    });
    afterAll(async () => {
      await host[Symbol.asyncDispose]();
      await home.remove();
    });

    const fileOf = (model: string): string => join(models, model, `${model}.onnx`);
    const manifest = (): string => join(models, MODEL, "manifest.json");
    const buildDropIn = (): string => join(host.systemd.unitDirectory, `${host.unit}.d`, "build.conf");

    const CHANGES: readonly (readonly [what: string, change: () => Promise<unknown>])[] = [
      ["the canary's file is deleted", () => rm(fileOf(MODEL))],
      ["the canary's file is emptied", () => truncate(fileOf(MODEL))],
      ["another model's file is deleted", () => rm(fileOf("nhits"))],
      ["the canary's file is another model's", () => cp(fileOf("nhits"), fileOf(MODEL))],
      [
        "the canary's manifest says something else",
        async () => writeFile(manifest(), `${await readFile(manifest(), "utf8")}\n`),
      ],
      [
        "the build is another one",
        async () => {
          await writeFile(buildDropIn(), "[Service]\nEnvironment=AI_ENGINE_BUILD=another\n");
          await host.systemd.run("systemctl", "daemon-reload");
        },
      ],
    ];

    test.each(CHANGES)("%s before the activation: undone, 2; no canary is left", async (_, change) => {
      const cutover = await cutoverWithEnough(host);
      await change();
      const document = await ran<ActivateDocument>(
        host.qsc("activate", "--model", MODEL, "--cutover", cutover, "--watch-unit", "none", ...PROOF),
      );
      expect(document, document.reasons.join("\n")).toMatchObject({ code: 2 });
      await expectNoTrace(host);
      expect((await host.newestDecision()).canary).toBeNull();
    });

    test.each(CHANGES)("%s during the watch, and the engine restarts: rolled back", async (_, change) => {
      await activated(host, "--watch-unit", "none", ...PROOF);
      const { ended } = host.startQsc("monitor", "--interval", "1s", ...PROOF);
      await watched(host, 1);
      await change();
      await host.systemd.run("systemctl", "restart", host.unit);
      const document = await ran<MonitorDocument>(ended);
      expect(document, document.violations.join("\n")).toMatchObject({ code: 2 });
      // The baseline that it loads now is not what was judged either: a rollback proves it by its weights.
      if (document.outcome !== "rolled_back") await ran<RollbackDocument>(host.qsc("rollback", "--reason", "test"));
      await expectNoTrace(host);
    });
  });
});
