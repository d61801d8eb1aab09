import { chmod, cp, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { CanaryHost, describeRequiring, freePort, requireRedis, requireSystemd } from "@qsc-tooling/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { activated, MODEL } from "./support/life.js";

const CONSOLE = "qsc-console-test-engine.service";
const TOKEN = "an-example-token-of-some-length";
/** A group that every Linux has; the user's files belong to it. */
const GROUP = "daemon";

describeRequiring(requireSystemd(), "the unit of the console, on a real systemd", () => {
  describeRequiring(requireRedis(), "with a canary on a real Redis", () => {
    let host: CanaryHost;
    beforeAll(async () => {
      host = await CanaryHost.start({ engine: { kind: "scripted", rate: 200, seed: 7 } });
    });
    afterAll(() => host[Symbol.asyncDispose]());

    test("shows the canary to who has the token, as a user who exists for it and owns nothing", async () => {
      const { workdir, systemd } = host;
      await activated(host);
      const root = join(dirname(workdir), "root");
      const tokenFile = join(dirname(workdir), "token");
      await writeFile(tokenFile, TOKEN, { mode: 0o600 });
      const port = await freePort();
      const written = await host.qsc(
        ...["init", "--root", root, "--user", GROUP, "--console", "--console-token-file", tokenFile],
        ...["--console-listen", `127.0.0.1:${port}`],
      );
      expect(written.code, written.err).toBe(0);
      await cp(join(root, "etc/systemd/system", CONSOLE), join(systemd.unitDirectory, CONSOLE));
      // The unit has a /tmp of its own, and the test's files are in the other one.
      await mkdir(join(systemd.unitDirectory, `${CONSOLE}.d`));
      await writeFile(
        join(systemd.unitDirectory, `${CONSOLE}.d`, "test.conf"),
        `[Service]\nBindReadOnlyPaths=${dirname(workdir)}\n`,
      );
      // What init does on a host of its own: the config file is the user's alone.
      await cp(join(root, workdir, "qsc.config.yaml"), join(workdir, "qsc.config.yaml"));
      await chmod(dirname(workdir), 0o755);
      await systemd.run("chgrp", "-R", GROUP, workdir);
      await systemd.run("systemctl", "daemon-reload");
      // As a system's own boot does: what systemd hands over is a mount, which has to arrive here.
      await systemd.run("mount", "--make-rshared", "/");
      await systemd.run("systemctl", "start", CONSOLE);
      const url = `http://127.0.0.1:${port}/metrics`;
      const ask = (token: string): Promise<Response | null> =>
        fetch(url, { headers: { authorization: `Bearer ${token}` } }).catch(() => null);
      await host.until("the console", async () => (await ask(TOKEN))?.status === 200);
      expect((await ask("another"))?.status).toBe(401);
      await host.until("the telemetry", async () => {
        const text = (await (await ask(TOKEN))?.text()) ?? "";
        return text.includes("qsc_telemetry_up 1\n");
      });
      const text = (await (await ask(TOKEN))?.text()) ?? "";
      expect(text).toContain(`qsc_canary_share_ratio{model="${MODEL}"} 0.1\n`);
      expect(text).toContain("qsc_audit_log_reliable 1\n");
      const { stdout } = await systemd.run("systemctl", "show", "--property=MainPID", "--value", CONSOLE);
      const status = (await systemd.run("cat", `/proc/${stdout.trim()}/status`)).stdout;
      expect(status).toMatch(/^Uid:\t6[1-5]\d{3}\t/m);
      expect(status).toMatch(/^CapEff:\t0+$/m);
      expect(status).toMatch(/^NoNewPrivs:\t1$/m);
      const commandLine = (await systemd.run("cat", `/proc/${stdout.trim()}/cmdline`)).stdout;
      expect(commandLine).not.toContain(TOKEN);
      await systemd.run("systemctl", "stop", CONSOLE);
      const ended = await systemd.run("systemctl", "show", "--property=Result", "--value", CONSOLE);
      expect(ended.stdout.trim()).toBe("success");
    });
  });
});
