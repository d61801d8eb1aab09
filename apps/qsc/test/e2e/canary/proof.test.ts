import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { CanaryHost, describeRequiring, requireRedis, requireSystemd } from "@qsc-tooling/testkit";
import type { ActivateDocument } from "@qsc/contract";
import { afterEach, beforeEach, expect, test } from "vitest";
import { expectNoTrace, guardsOf } from "./support/baseline.js";
import { cutoverWithEnough, MODEL, ran } from "./support/life.js";

const ENGINE = { kind: "scripted", rate: 50, seed: 20_260_115 } as const;

describeRequiring(requireSystemd(), "what proves a canary and its rollback", () => {
  describeRequiring(requireRedis(), "on a real Redis", () => {
    let host: CanaryHost;

    beforeEach(async () => {
      host = await CanaryHost.start({ engine: ENGINE });
    });
    afterEach(() => host[Symbol.asyncDispose]());

    test("a second instance publishes to the same stream: the activation is undone, and no rollback is proven", async () => {
      const cutover = await cutoverWithEnough(host);
      // It begins as soon as the unit is restarted.
      const beside = "beside.service";
      await host.install(ENGINE, [
        `ExecStartPre=/bin/sh -c '[ ! -e ${join(dirname(host.workdir), "begin")} ] || systemctl start --no-block ${beside}'`,
      ]);
      const { stdout: text } = await host.systemd.run("systemctl", "cat", host.unit);
      await writeFile(
        join(host.systemd.unitDirectory, beside),
        text
          .split("\n")
          .filter((line) => !line.startsWith("#") && !line.startsWith("ExecStartPre="))
          .join("\n"),
      );
      await host.systemd.run("systemctl", "daemon-reload");
      await writeFile(join(dirname(host.workdir), "begin"), "");
      const document = await ran<ActivateDocument>(host.qsc("activate", "--model", MODEL, "--cutover", cutover));
      expect(document).toMatchObject({ code: 2 });
      expect(document.reasons.join(" ")).toMatch(/publishes as well|serves/);
      expect(await guardsOf(host), "the dead-man").not.toEqual([]);
    });

    test("a cutover that is later than the start of the unit's process: 2, naming the start", async () => {
      const cutover = await cutoverWithEnough(host);
      const later = new Date(Date.parse(cutover) + 2000).toISOString();
      const document = await ran<ActivateDocument>(host.qsc("activate", "--model", MODEL, "--cutover", later));
      expect(document).toMatchObject({ code: 2, reasons: [expect.stringContaining(`started at ${cutover}`)] });
      await expectNoTrace(host);
    });
  });
});
