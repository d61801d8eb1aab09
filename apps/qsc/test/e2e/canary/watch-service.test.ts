import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { MonitorDocument, RollbackDocument } from "@qsc/contract";
import { CanaryHost, describeRequiring, repositoryRoot, requireRedis, requireSystemd } from "@qsc-tooling/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { activated, MODEL, ran, stateOf } from "./support/life.js";

const UNIT = "watch.service";
/** What an operator sees without an option. */
const SHOWN_LINES = 10;

describeRequiring(requireSystemd(), "a watch that runs as a service", () => {
  describeRequiring(requireRedis(), "on a real Redis", () => {
    let host: CanaryHost;
    beforeAll(async () => {
      host = await CanaryHost.start({ engine: { kind: "scripted", rate: 200, seed: 20_261_130 } });
      const qsc = `${process.execPath} ${join(repositoryRoot, "apps/qsc/bin/qsc.js")}`;
      const settings = `--unit ${host.unit} --source ${host.redis.url} --workdir ${host.workdir}`;
      const lines = [
        "[Service]",
        "Type=notify",
        "NotifyAccess=all",
        `ExecStart=${qsc} monitor --stay --duration 4s --interval 1s ${settings}`,
      ];
      await writeFile(join(host.systemd.unitDirectory, UNIT), `${lines.join("\n")}\n`);
      await host.systemd.run("systemctl", "daemon-reload");
      await activated(host, "--watch-unit", "none");
      await host.systemd.run("systemctl", "start", UNIT);
      await host.until("an eligible canary", async () => (await stateOf(host))?.phase === "eligible");
    });
    afterAll(() => host[Symbol.asyncDispose]());

    /** What `systemctl status` shows of the watch, and the lines of its log there. */
    async function shown(): Promise<{ readonly all: string; readonly log: readonly string[] }> {
      // It exits with 3 for a unit that has ended.
      const { stdout: all } = await host.systemd.run("sh", "-c", `systemctl status --full ${UNIT} || [ $? -eq 3 ]`);
      const log = all.split("\n").filter((line) => /^\w{3} \d\d \d\d:\d\d:\d\d /.test(line));
      expect(log.length, all).toBeLessThanOrEqual(SHOWN_LINES);
      return { all, log: log.map((line) => line.replace(/^.*?\]: /, "")) };
    }

    /** The documents of the watch so far, from its reports. */
    async function reports(): Promise<readonly MonitorDocument[]> {
      const directory = join(host.workdir, "reports", "safety");
      const names = (await readdir(directory)).filter((name) => /monitor.*\.json$/.test(name)).sort();
      return Promise.all(
        names.map(async (name) => JSON.parse(await readFile(join(directory, name), "utf8")) as MonitorDocument),
      );
    }

    test("writes its report when the canary becomes eligible, which is when a person decides; and keeps watching", async () => {
      await host.until("the report", async () => (await reports()).length > 0);
      expect(await reports()).toMatchObject([{ kind: "monitor", outcome: "eligible", model: MODEL, exitCode: 0 }]);
      const { stdout } = await host.systemd.run("systemctl", "is-active", UNIT);
      expect(stdout.trim()).toBe("active");
    });

    test("systemctl status says what a person has to do, and where the report is", async () => {
      await host.until("the line", async () => (await shown()).log.some((line) => line.startsWith("report  ")));
      await host.until("the status", async () => /Status: "eligible: /.test((await shown()).all));
      const { all, log } = await shown();
      expect(all).toMatch(/Status: "eligible: .*; a person decides now: qsc promote, or qsc rollback"/);
      expect(log.join("\n")).toMatch(/^eligible: .* a person decides now: qsc promote, or qsc rollback$/m);
    });

    test("after a rollback by a person, its last lines say how it ended", async () => {
      await ran<RollbackDocument>(host.qsc("rollback", "--reason", "test"));
      await host.until("the end of the watch", async () => /Active: (?:inactive|failed)/.test((await shown()).all));
      const { all, log } = await shown();
      expect(log.join("\n"), all).toMatch(/^NOTHING TO WATCH: The canary is .*; see qsc status \(exit 2\)$/m);
      expect(log.join("\n"), all).toContain("report  ");
    });
  });
});
