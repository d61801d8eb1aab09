import { existsSync } from "node:fs";
import { cp, mkdir, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import {
  BASELINE_WEIGHTS,
  CanaryHost,
  describeRequiring,
  repositoryRoot,
  requireRedis,
  requireSystemd,
  temporaryDirectory,
} from "@qsc-tooling/testkit";
import type { ActivateDocument, MonitorDocument } from "@qsc/contract";
import { expect, test } from "vitest";
import { expectBaseline } from "./support/baseline.js";
import { activated, cutoverWithEnough, MODEL, ran, watched } from "./support/life.js";

const INSTALLED = join(repositoryRoot, "apps/qsc");
const WINDOW = "400";

interface Installation extends AsyncDisposable {
  readonly path: string;
  /** Removes all of it, with what it depends on. */
  remove(): Promise<void>;
  install(): Promise<void>;
}

/** Another installation of `qsc`, which may be updated while it runs. */
async function installed(): Promise<Installation> {
  const directory = await temporaryDirectory();
  const path = join(directory.path, "qsc");
  const remove = (): Promise<void> => rm(path, { recursive: true });
  const install = async (): Promise<void> => {
    await mkdir(path);
    for (const part of ["bin", "bundle", "package.json"]) {
      await cp(join(INSTALLED, part), join(path, part), { recursive: true });
    }
    await symlink(join(INSTALLED, "node_modules"), join(path, "node_modules"));
  };
  await install();
  return { path, remove, install, [Symbol.asyncDispose]: () => directory.remove() };
}

describeRequiring(requireSystemd(), "a command whose tool is removed, as in an update", () => {
  describeRequiring(requireRedis(), "on a real Redis", () => {
    test("activate: ends as if it were there", async () => {
      await using tool = await installed();
      await using host = await CanaryHost.start({
        engine: { kind: "scripted", rate: 200, seed: 20_260_131 },
        program: join(tool.path, "bin/qsc.js"),
      });
      const cutover = await cutoverWithEnough(host);
      const { ended } = host.startQsc("activate", "--model", MODEL, "--cutover", cutover, "--watch-unit", "none");
      await host.until("the lease", () => Promise.resolve(existsSync(join(host.workdir, "data", "qsc_canary_lease"))));
      await tool.remove();
      expect(await ran<ActivateDocument>(ended)).toMatchObject({ code: 0, reasons: [] });
    });

    test("monitor: rolls back, with its document, its report and its line in the audit log", async () => {
      await using tool = await installed();
      await using host = await CanaryHost.start({
        engine: { kind: "scripted", rate: 400, seed: 20_260_130 },
        program: join(tool.path, "bin/qsc.js"),
      });
      const { bootId } = await activated(host);
      const { ended } = host.startQsc("monitor", "--window", WINDOW);
      await watched(host, Number(WINDOW));
      await tool.remove();
      await host.tell("constant_output");
      const { err } = await ended;
      expect(err, "the report's place").toContain("report  ");
      expect(await ran<MonitorDocument>(ended)).toMatchObject({ code: 2, outcome: "rolled_back" });
      await tool.install();
      await expectBaseline(host, bootId, BASELINE_WEIGHTS);
    });
  });
});
