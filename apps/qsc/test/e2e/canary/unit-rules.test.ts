import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ActivateDocument, PreflightDocument, RollbackDocument, StatusDocument } from "@qsc/contract";
import { BASELINE_WEIGHTS, CanaryHost, describeRequiring, requireRedis, requireSystemd } from "@qsc-tooling/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectBaseline, expectNoTrace } from "./support/baseline.js";
import { activated, cutoverWithEnough, MODEL, ran } from "./support/life.js";

const ENGINE = { kind: "scripted", rate: 200, seed: 20_261_128 } as const;

describeRequiring(requireSystemd(), "a unit whose rules would keep a canary alive", () => {
  describeRequiring(requireRedis(), "on a real Redis", () => {
    let host: CanaryHost;
    const stopConf = (): string => join(host.systemd.unitDirectory, `${host.unit}.d`, "stop.conf");

    beforeAll(async () => {
      host = await CanaryHost.start({ engine: ENGINE });
      await host.systemd.run("mkdir", "-p", `/etc/systemd/system/${host.unit}.d`);
    });
    afterAll(() => host[Symbol.asyncDispose]());

    test.each<[readonly string[], RegExp]>([
      [["KillMode=process"], /KillMode=process leaves processes of it running/],
      [["KillMode=none"], /KillMode=none leaves processes of it running/],
      [["SendSIGKILL=no"], /SendSIGKILL=no leaves a process running/],
      [["FinalKillSignal=SIGTERM"], /FinalKillSignal=15 can be ignored/],
      [["TimeoutStopSec=90"], /may take 1 min 30 s to stop/],
      [["TimeoutStopSec=infinity"], /its stop has no time limit/],
      [["ExecStop=/bin/true", "ExecStop=/bin/true"], /may take 30 s to stop \(3 stages/],
    ])(
      "%s: preflight and activate refuse it, even before it was reloaded, and say what to write",
      async (lines, why) => {
        const cutover = await cutoverWithEnough(host);
        const { bootId } = await host.newestDecision();
        await writeFile(stopConf(), ["[Service]", ...lines, ""].join("\n"));
        const [preflight, activation] = [
          await ran<PreflightDocument>(host.qsc("preflight", "--repo", "none")),
          await ran<ActivateDocument>(host.qsc("activate", "--model", MODEL, "--cutover", cutover)),
        ];
        await rm(stopConf());
        await host.systemd.run("systemctl", "daemon-reload");
        expect(preflight.code).toBe(2);
        expect(preflight.reasons.find((reason) => reason.startsWith("stop: "))).toMatch(why);
        expect(activation).toMatchObject({ code: 2, cutover: null, reasons: [expect.stringMatching(why)] });
        expect(activation.reasons[0]).toContain(`to /etc/systemd/system/${host.unit}.d/stop.conf`);
        await expectNoTrace(host);
        expect((await host.newestDecision()).bootId, "the engine was not touched").toBe(bootId);
      },
    );

    /** Where a variable of a canary may be set, and what the messages call that place. */
    const PLACES: readonly (readonly [string, string, (variables: readonly string[]) => Promise<void>])[] = [
      [
        "a later drop-in",
        "zz.conf",
        (variables) =>
          writeFile(
            join(host.systemd.unitDirectory, `${host.unit}.d`, "zz.conf"),
            ["[Service]", ...variables.map((each) => `Environment='${each}'`), ""].join("\n"),
          ),
      ],
      [
        "the first of two environment files",
        "more.env",
        async (variables) => {
          await environmentFile("more.env", variables);
          await environmentFile("none.env", ["OTHER=1"]);
          await writeFile(
            stopConf(),
            `[Service]\nEnvironmentFile=${host.systemd.directory}/more.env\nEnvironmentFile=-${host.systemd.directory}/none.env\n`,
          );
        },
      ],
      [
        "a pattern of environment files that need not be there",
        "more.env",
        async (variables) => {
          await environmentFile("more.env", variables);
          await writeFile(stopConf(), `[Service]\nEnvironmentFile=-${host.systemd.directory}/m*.[e]nv\n`);
        },
      ],
      [
        "the manager's own environment",
        "systemctl set-environment",
        async (variables) => {
          await host.systemd.run("systemctl", "set-environment", ...variables);
        },
      ],
    ];
    const environmentFile = (name: string, variables: readonly string[]): Promise<void> =>
      writeFile(join(host.systemd.directory, name), variables.map((each) => `${each.replace("=", "='")}'\n`).join(""));

    async function tidy(): Promise<void> {
      for (const name of ["zz.conf", "stop.conf"])
        await rm(join(host.systemd.unitDirectory, `${host.unit}.d`, name), { force: true });
      await host.systemd.run(
        "systemctl",
        "unset-environment",
        "QSC_CANARY_MODEL",
        "QSC_CANARY_WEIGHT",
        "QSC_CANARY_WEIGHTS",
      );
      await host.systemd.run("systemctl", "daemon-reload");
    }

    test.each(PLACES)(
      "one variable of a canary in %s: preflight and activate refuse it, naming %s",
      async (_, place, put) => {
        const cutover = await cutoverWithEnough(host);
        const { bootId } = await host.newestDecision();
        for (const name of ["QSC_CANARY_WEIGHTS", "QSC_CANARY_MODEL"]) {
          await put([`${name}=patchtst`]);
          const preflight = await ran<PreflightDocument>(host.qsc("preflight", "--repo", "none"));
          const activation = await ran<ActivateDocument>(host.qsc("activate", "--model", MODEL, "--cutover", cutover));
          const status = await ran<StatusDocument>(host.qsc("status"));
          await tidy();
          for (const document of [preflight, activation, status]) {
            expect(document.code, document.kind).toBe(2);
            const reason = document.reasons.find((each) => each.includes(`has ${name} in its environment, from `));
            expect(reason, document.reasons.join("\n")).toContain(place);
          }
          await expectNoTrace(host);
          expect((await host.newestDecision()).bootId, "the engine was not touched").toBe(bootId);
        }
      },
    );

    test.each(PLACES)(
      "variables that a rollback finds in %s: 2, naming %s; once they are gone: 0",
      async (_, place, put) => {
        const { bootId } = await activated(host);
        await put(["QSC_CANARY_MODEL=patchtst"]);
        const left = await ran<RollbackDocument>(host.qsc("rollback"));
        expect(left).toMatchObject({ code: 2, weights: { after: null } });
        expect(left.reasons.join(" ")).toContain("still has QSC_CANARY_MODEL in its environment, from ");
        expect(left.reasons.join(" ")).toContain(place);
        expect(left.steps.find(({ name }) => name === "environment")).toMatchObject({ outcome: "failed" });
        await tidy();
        expect(await ran<RollbackDocument>(host.qsc("rollback"))).toMatchObject({ code: 0 });
        await expectBaseline(host, bootId, BASELINE_WEIGHTS);
      },
    );

    test("a unit that removes the canary's variables: undone before the engine is restarted with it: 2", async () => {
      const cutover = await cutoverWithEnough(host);
      await writeFile(stopConf(), "[Service]\nUnsetEnvironment=QSC_CANARY_WEIGHTS\n");
      const document = await ran<ActivateDocument>(host.qsc("activate", "--model", MODEL, "--cutover", cutover));
      await tidy();
      expect(document).toMatchObject({
        code: 2,
        reasons: [
          expect.stringMatching(/QSC_CANARY_WEIGHTS would be missing in its environment; look for UnsetEnvironment=/),
        ],
      });
      expect(document.steps.find(({ name }) => name === "environment")).toMatchObject({ outcome: "failed" });
      await expectBaseline(host, "", BASELINE_WEIGHTS);
    });

    test("an engine that exits shortly after it got its canary: the activation ends then, with its last lines: 2", async () => {
      const cutover = await cutoverWithEnough(host);
      const engine = (await host.systemd.run("systemctl", "show", "-p", "ExecStart", host.unit)).stdout;
      const command = /argv\[\]=(.*?) ;/.exec(engine)?.[1] ?? "";
      const script = `[ -z "$QSC_CANARY_MODEL" ] || { sleep 2; echo these are my last words; exit 3; }; exec ${command}`;
      await writeFile(stopConf(), `[Service]\nExecStart=\nExecStart=/bin/sh -c '${script.replaceAll("$", "$$")}'\n`);
      const document = await ran<ActivateDocument>(
        host.qsc("activate", "--model", MODEL, "--cutover", cutover, "--proof-timeout", "10m"),
      );
      await tidy();
      expect(document).toMatchObject({ code: 2, cutover: null });
      expect(document.reasons, "one reason: it was undone").toHaveLength(1);
      expect(document.reasons[0]).toMatch(
        /^test-engine\.service did not stay up: it is failed \(failed\), result exit-code\. Its journal ends with: .*these are my last words/s,
      );
      expect(document.steps.find(({ name }) => name === "restart")).toMatchObject({ outcome: "done" });
      await expectBaseline(host, "", BASELINE_WEIGHTS);
    });
  });
});
