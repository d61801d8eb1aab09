import { execFile } from "node:child_process";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { PreflightDocument } from "@qsc/contract";
import {
  CanaryHost,
  describeRequiring,
  requireCommands,
  requireRedis,
  requireSystemd,
  temporaryDirectory,
  type TemporaryDirectory,
} from "@qsc-tooling/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";

describeRequiring(requireSystemd(), "preflight, on a real systemd", () => {
  describeRequiring(requireRedis(), "a real Redis", () => {
    describeRequiring(requireCommands("git"), "and a real git", () => {
      let host: CanaryHost;
      let repository: TemporaryDirectory;
      let environmentFile = "";

      beforeAll(async () => {
        repository = await temporaryDirectory();
        const git = (...args: readonly string[]) =>
          promisify(execFile)("git", [
            "-C",
            repository.path,
            "-c",
            "user.name=test",
            "-c",
            "user.email=test@example.org",
            ...args,
          ]);
        await git("init", "--quiet");
        await writeFile(join(repository.path, "engine"), "1\n");
        await git("add", "--all");
        await git("commit", "--quiet", "--message", "engine");
        environmentFile = join(repository.path, ".git", "engine.env");
        await writeFile(environmentFile, "# where\nBINANCE_TESTNET=true\nMAX_SIGNALS_PER_MINUTE=60\n");
        const service = [
          `EnvironmentFile=${environmentFile}`,
          "Environment=SYMBOL_COOLDOWN_SECONDS=10 BINANCE_TESTNET=false",
        ];
        host = await CanaryHost.start({ engine: { kind: "scripted", rate: 50, seed: 3 }, service });
        await host.until("a decision", async () => (await host.client.xlen(host.stream)) > 0);
      });
      afterAll(async () => {
        await host[Symbol.asyncDispose]();
        await repository.remove();
      });

      async function preflight(
        ...options: readonly string[]
      ): Promise<PreflightDocument & { readonly code: number | null; readonly failed: readonly string[] }> {
        const { code, out, err } = await host.qsc("preflight", "--repo", repository.path, ...options);
        if (out === "") throw new Error(`qsc preflight printed no document: ${err}`);
        const document = JSON.parse(out) as PreflightDocument;
        return {
          ...document,
          code,
          failed: document.steps.filter(({ outcome }) => outcome !== "done").map(({ name }) => name),
        };
      }

      test("everything is there: 0, each prerequisite a step, and nothing is left behind", async () => {
        const document = await preflight();
        expect(document).toMatchObject({ code: 0, verdict: "pass", reasons: [], failed: [] });
        expect(document.steps.map(({ name }) => name)).toEqual([
          "node",
          "policy",
          "unit",
          "stop",
          "checkout",
          "environment",
          "environment",
          "environment",
          "source",
          "telemetry",
          "weights",
          "clock",
          "canary",
          "journal",
          "drop-in directory",
          "rights",
          "dead-man",
          "working directory",
          "audit log",
        ]);
        expect(document.warnings.join()).toContain("No unit watches a canary");
        expect(await readdir(host.workdir).catch(() => []), "the working directory").toEqual([]);
        expect(await readdir(join(host.systemd.unitDirectory, `${host.unit}.d`)).catch(() => []), "drop-ins").toEqual(
          [],
        );
      });

      test("another team requires variables of its own, and none of ours", async () => {
        const own = await preflight(
          "--required-environment",
          "SYMBOL_COOLDOWN_SECONDS<=10 PAPER_TRADING=yes 'GREETING=hello world'",
        );
        const asked = own.steps
          .filter(({ name }) => name === "environment")
          .map(({ outcome, detail }) => [outcome, detail]);
        expect(own.code).toBe(2);
        expect(asked).toEqual([
          ["done", "SYMBOL_COOLDOWN_SECONDS=10"],
          [
            "failed",
            "PAPER_TRADING is not set in the unit's environment and its files; set PAPER_TRADING=yes there and restart.",
          ],
          [
            "failed",
            "GREETING is not set in the unit's environment and its files; set GREETING=hello world there and restart.",
          ],
        ]);
        const none = await preflight("--required-environment", "none");
        expect(none).toMatchObject({ code: 0, verdict: "pass" });
        expect(none.steps.find(({ name }) => name === "environment")).toMatchObject({
          outcome: "skipped",
          detail: "no variable is required",
        });
      });

      test("each unmet prerequisite fails on its own: 2, and the rest is still checked", async () => {
        await writeFile(environmentFile, "BINANCE_TESTNET=false\nMAX_SIGNALS_PER_MINUTE=12\n");
        await writeFile(join(repository.path, "engine"), "2\n");
        await host.systemd.run("mkdir", "-p", join("/etc/systemd/system", `${host.unit}.d`));
        await writeFile(host.dropIn, "[Service]\nEnvironment=QSC_CANARY_MODEL=patchtst\n");
        const document = await preflight();
        expect(document).toMatchObject({
          code: 2,
          verdict: "fail",
          failed: ["checkout", "environment", "environment", "canary"],
        });
        expect(document.reasons).toHaveLength(4);
        expect(document.reasons.join("\n")).toContain(
          "environment: BINANCE_TESTNET is 'false' in the unit's environment and its files; set BINANCE_TESTNET=true there and restart.",
        );
        expect(document.reasons.join("\n")).toContain("environment: MAX_SIGNALS_PER_MINUTE is '12'");
        await host.systemd.run("rm", join("/etc/systemd/system", `${host.unit}.d`, "canary_weights.conf"));
      });

      test("with a stopped engine and an unreachable source, what depends on them is unknown, and does not pass", async () => {
        await host.systemd.run("systemctl", "stop", host.unit);
        await host.redis.stop();
        const document = await preflight();
        expect(document.code).toBe(2);
        expect(document.failed).toEqual(expect.arrayContaining(["unit", "source", "telemetry", "weights", "clock"]));
        expect(document.reasons.filter((reason) => reason.includes("Unknown"))).toHaveLength(3);
      });
    });
  });
});
