import { execFile } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { DeployDocument } from "@qsc/contract";
import {
  describeRequiring,
  repositoryRoot,
  requireCommands,
  requireSystemd,
  startSystemd,
  temporaryDirectory,
  type RealSystemd,
  type TemporaryDirectory,
} from "@qsc-tooling/testkit";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { GitEngine } from "./support/git-engine.js";

const QSC = join(repositoryRoot, "apps/qsc/bin/qsc.js");
const UNIT = "git-engine.service";

describeRequiring(requireSystemd(), "deploy, on a real systemd", () => {
  describeRequiring(requireCommands("git"), "and a real git", () => {
    let systemd: RealSystemd;
    let directory: TemporaryDirectory;
    let engine: GitEngine;
    let workdir = "";
    let first = "";

    beforeAll(async () => {
      systemd = await startSystemd();
      directory = await temporaryDirectory();
      workdir = join(directory.path, "workdir");
      engine = await GitEngine.create(directory.path);
      first = await engine.head();
      const unit = [
        "[Service]",
        "Type=exec",
        `ExecStart=${process.execPath} ${engine.checkout}/engine.mjs ${engine.journal}`,
        "",
      ];
      await writeFile(join(systemd.unitDirectory, UNIT), unit.join("\n"));
      await systemd.run("systemctl", "daemon-reload");
    });
    afterAll(async () => {
      await systemd.stop();
      await directory.remove();
    });
    beforeEach(async () => {
      if ((await engine.head()) !== first || (await mainPid()) === "0")
        expect(await deploy(first)).toMatchObject({ code: 0 });
    });

    async function deploy(
      commit: string,
      ...options: readonly string[]
    ): Promise<DeployDocument & { readonly code: number }> {
      const settings = [
        "--json",
        "--unit",
        UNIT,
        "--source",
        `file:${engine.journal}`,
        "--workdir",
        workdir,
        "--repo",
        engine.checkout,
      ];
      const [program = "", ...args] = [
        ...systemd.prefix,
        process.execPath,
        QSC,
        "deploy",
        "--commit",
        commit,
        ...settings,
        ...options,
      ];
      const ended = await promisify(execFile)(program, args).then(
        (printed) => ({ code: 0, ...printed }),
        (error: unknown) => error as { code: number; stdout: string; stderr: string },
      );
      if (ended.stdout === "") throw new Error(`qsc deploy printed no document: ${ended.stderr}`);
      return { ...(JSON.parse(ended.stdout) as DeployDocument), code: ended.code };
    }

    async function mainPid(): Promise<string> {
      return (await systemd.run("systemctl", "show", "--value", "-p", "MainPID", UNIT)).stdout.trim();
    }

    async function lastAudit(): Promise<{
      readonly event: string;
      readonly details: Readonly<Record<string, unknown>>;
    }> {
      const lines = (await readFile(join(workdir, "logs/qsc_canary.jsonl"), "utf8")).trim().split("\n");
      return JSON.parse(lines.at(-1) ?? "") as { event: string; details: Record<string, unknown> };
    }

    /** The engine of the first commit runs, in another process than before. */
    async function expectWentBack(document: DeployDocument & { readonly code: number }, former: string): Promise<void> {
      expect(document).toMatchObject({ code: 2, verdict: "fail", former: first });
      expect(document.reasons.at(-1)).toMatch(/^.* is back, and serves again\.$/);
      expect(document.steps.at(-1)).toMatchObject({ name: "deployment", outcome: "undone" });
      expect(await engine.head()).toBe(first);
      expect(await mainPid()).not.toBe(former);
      expect(await lastAudit()).toMatchObject({ event: "deploy", details: { former: first, back: true } });
    }

    test("a commit that the checkout has never seen is fetched, started, and proven", async () => {
      const commit = await engine.commit({
        says: ["[XGBOOST] QSC FAIL-CLOSED: no file; inactive_reason=model_missing"],
      });
      const document = await deploy(commit.slice(0, 10));
      expect(document).toMatchObject({
        code: 0,
        commit,
        former: first,
        reasons: [],
        warnings: ["XGBOOST fails closed: model_missing (1 x)."],
      });
      expect(document.cutover).toMatch(/^\d{4}-.*Z$/);
      expect(await engine.head()).toBe(commit);
      expect(await lastAudit()).toMatchObject({ event: "deploy", details: { commit, former: first } });
    });

    test("an engine that does not start: back to the former commit", async () => {
      const pid = await mainPid();
      const document = await deploy(await engine.commit({ exit: 3 }));
      // On a busy machine it is active for a moment before it exits.
      expect(document.reasons[0]).toMatch(/did not (?:start and )?stay/);
      await expectWentBack(document, pid);
    });

    test("an engine that names another build: back to the former commit", async () => {
      const pid = await mainPid();
      const document = await deploy(await engine.commit({ build: "f".repeat(40) }));
      expect(document.reasons[0]).toContain("telemetry of the new process names build ffff");
      await expectWentBack(document, pid);
    });

    test("a voting model without a start-up line: back to the former commit", async () => {
      const pid = await mainPid();
      const document = await deploy(await engine.commit({ silent: ["nhits"] }));
      expect(document.reasons[0]).toContain("has no [...-INIT] line for nhits");
      await expectWentBack(document, pid);
    });

    test("a build that fails: checked out again, and the process was never touched", async () => {
      const pid = await mainPid();
      const document = await deploy(await engine.commit({}), "--build", "echo not today; false");
      expect(document).toMatchObject({ code: 2 });
      expect(document.reasons.join(" ")).toContain("not today");
      expect([await engine.head(), await mainPid()]).not.toContain(undefined);
      expect(await mainPid()).toBe(pid);
    });

    test("a build runs in the checkout, before the start", async () => {
      const commit = await engine.commit({});
      expect(await deploy(commit, "--build", "git rev-parse HEAD > built.txt")).toMatchObject({ code: 0 });
      expect((await readFile(join(engine.checkout, "built.txt"), "utf8")).trim()).toBe(commit);
      await rm(join(engine.checkout, "built.txt"));
    });

    test("an unknown commit is refused, and nothing is touched", async () => {
      const pid = await mainPid();
      const document = await deploy("d13e87bdd13e87bdd13e87bdd13e87bdd13e87bd");
      expect(document).toMatchObject({ code: 2, cutover: null });
      expect(document.reasons.join()).toMatch(/has no commit d13e87bd/);
      expect([await engine.head(), await mainPid()]).toEqual([first, pid]);
    });

    test("a branch is not a SHA: a usage error, and nothing is touched", async () => {
      const pid = await mainPid();
      expect(await deploy("main")).toMatchObject({
        code: 1,
        kind: "error",
        message: expect.stringContaining("--commit 'main' is not the SHA of a commit") as string,
      });
      expect([await engine.head(), await mainPid()]).toEqual([first, pid]);
    });

    test("uncommitted changes are refused, but not untracked files", async () => {
      await writeFile(join(engine.checkout, "report.md"), "untracked");
      const commit = await engine.commit({});
      const path = join(engine.checkout, "behaviour.json");
      const before = await readFile(path, "utf8");
      await writeFile(path, '{"build": "mine"}\n');
      const document = await deploy(commit);
      expect(document).toMatchObject({ code: 2 });
      expect(document.reasons.join()).toContain("behaviour.json");
      expect(await readFile(path, "utf8"), "the change").toContain("mine");
      await writeFile(path, before);
      expect(await deploy(commit)).toMatchObject({ code: 0 });
    });

    test("a canary that is live is refused", async () => {
      const dropIn = join(systemd.unitDirectory, `${UNIT}.d`);
      await mkdir(dropIn, { recursive: true });
      await writeFile(join(dropIn, "canary_weights.conf"), "[Service]\nEnvironment=QSC_CANARY_MODEL=xgboost\n");
      const document = await deploy(await engine.commit({}));
      expect(document).toMatchObject({ code: 2, former: null });
      expect(document.reasons.join()).toMatch(/A canary, or leftovers of one.*qsc rollback/);
      await rm(dropIn, { recursive: true });
    });

    test("unreachable remotes are a warning if the commit is here", async () => {
      const path = join(engine.checkout, ".git/config");
      const config = await readFile(path, "utf8");
      await writeFile(path, config.replace(/url = .*/, "url = /nowhere"));
      const document = await deploy(first);
      expect(document).toMatchObject({ code: 0 });
      expect(document.warnings.join()).toContain("Could not fetch");
      await writeFile(path, config);
    });
  });
});
