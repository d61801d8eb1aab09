import { execFile } from "node:child_process";
import { chmod, mkdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type {
  ActivateDocument,
  AuditEntry,
  CutoverDocument,
  InitDocument,
  OperationDocument,
  StatusDocument,
} from "@qsc/contract";
import {
  CanaryHost,
  describeRequiring,
  repositoryRoot,
  requirePolkit,
  requireSystemd,
  startPolkit,
  startReceiver,
  type Receiver,
} from "@qsc-tooling/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MODEL, ran, watched } from "./support/life.js";

const UNIT = "qsc-notify-test-engine.service";
const WATCH = "qsc-monitor-test-engine.service";
const USER = "nobody";
/** Where the unit of qsc init --notify takes its secrets from. */
const CREDENTIALS = "/etc/qsc/credentials";
const SECRET = `whsec_${Buffer.alloc(32, 9).toString("base64")}`;

describeRequiring(requireSystemd(), "the unit that notifies, on a real systemd", () => {
  // It also keeps what qsc init writes below /etc to this machine of the test.
  describeRequiring(requirePolkit(), "with a real polkit and a real Redis", () => {
    let host: CanaryHost;
    let receiver: Receiver;
    let made: string | null = null;
    beforeAll(async () => {
      receiver = await startReceiver();
      host = await CanaryHost.start({ engine: { kind: "scripted", rate: 200, seed: 20_261_201 } });
      await chmod(dirname(host.workdir), 0o755);
      await startPolkit(host.systemd);
      // What systemd-tmpfiles does on a whole system.
      await host.systemd.run("chgrp", "-R", "systemd-journal", "/run/log/journal");
      // Root's alone, in a file system of its own: what is below /etc is the whole machine's.
      made = (await mkdir(CREDENTIALS, { recursive: true })) ?? null;
      await host.systemd.run("mount", "-t", "tmpfs", "tmpfs", CREDENTIALS);
      await host.systemd.run("sh", "-c", `umask 077; printf '%s\\n' '${SECRET}' > ${CREDENTIALS}/hook`);
      // As a system's own boot does: what systemd hands over is a mount, which has to arrive here.
      await host.systemd.run("mount", "--make-rshared", "/");
      const hook = { kind: "webhook", url: `${receiver.url}/qsc`, secret: "credential:hook" };
      const config = join(dirname(host.workdir), "given.json");
      await writeFile(config, JSON.stringify({ notify: { channels: { hook } } }));
      const installed = await ran<InitDocument>(host.qsc("init", "--user", USER, "--notify", "--config", config));
      expect(installed).toMatchObject({ code: 0, reasons: [] });
    });
    afterAll(async () => {
      await host[Symbol.asyncDispose]();
      // The directories that stood for it are empty.
      if (made !== null) await rmdir(CREDENTIALS);
      if (made === dirname(CREDENTIALS)) await rmdir(made);
      await receiver.close();
    });

    /** Runs `qsc --json` as the user. */
    async function qsc<T extends OperationDocument>(...args: readonly string[]): Promise<T> {
      const [program = "", ...words] = [
        ...host.systemd.prefix,
        ...["setpriv", `--reuid=${USER}`, "--regid=nogroup", "--groups=systemd-journal", "--"],
        ...[process.execPath, join(repositoryRoot, "apps/qsc/bin/qsc.js"), ...args, "--json"],
        ...["--config", join(host.workdir, "qsc.config.yaml")],
      ];
      const { stdout } = await promisify(execFile)(program, words, { maxBuffer: 1e8 }).catch(
        (error: unknown) => error as { readonly stdout: string },
      );
      return JSON.parse(stdout) as T;
    }

    async function activate(): Promise<void> {
      const { cutover } = await qsc<CutoverDocument>("cutover");
      const from = Date.parse(String(cutover));
      await host.until(
        "200 decisions",
        async () => (await host.client.xrange(host.stream, from, "+", "COUNT", 200)).length === 200,
      );
      const document = await qsc<ActivateDocument>("activate", "--model", MODEL, "--cutover", String(cutover));
      expect(document).toMatchObject({ exitCode: 0, reasons: [] });
    }

    const events = (): readonly (readonly [string, string])[] =>
      receiver.arrivals.map(({ body, headers }) => [
        (JSON.parse(body) as { readonly type: string }).type,
        String(headers["webhook-id"]),
      ]);

    async function hashes(): Promise<readonly string[]> {
      const log = await readFile(join(host.workdir, "logs", "qsc_canary.jsonl"), "utf8");
      return log
        .trimEnd()
        .split("\n")
        .map((line) => (JSON.parse(line) as AuditEntry).hash);
    }

    test("runs as the user after qsc init --notify, and its secret is in no command line, environment, file or journal", async () => {
      expect((await host.systemd.run("systemctl", "is-active", UNIT)).stdout.trim()).toBe("active");
      const shown = [
        (await host.systemd.run("systemctl", "show", UNIT)).stdout,
        (await host.systemd.run("systemctl", "cat", UNIT)).stdout,
        (await host.systemd.run("ps", "axeww")).stdout,
        (await host.systemd.run("journalctl", "-u", UNIT, "--no-pager")).stdout,
        await readFile(join(host.workdir, "qsc.config.yaml"), "utf8"),
        await readFile(join(host.workdir, "data", "notify", "hook.cursor.json"), "utf8"),
      ].join("\n");
      expect(shown).toContain("notify");
      expect(shown).not.toContain(SECRET.slice(6, 20));
      expect(shown).toContain(`LoadCredential=hook:${CREDENTIALS}/hook`);
      expect((await host.systemd.run("ps", "-o", "user=", "-C", "node")).stdout).toContain(USER);
    });

    test("tells of an activation; and of the rollback by the dead-man once the watch has ended: it outlives the watch", async () => {
      await activate();
      await watched(host, 1);
      await host.systemd.run("systemctl", "stop", WATCH);
      await host.until("the rollback's message", async () => events().some(([type]) => type === "qsc.rollback"));
      expect(events()).toEqual([
        ["qsc.activate", (await hashes())[0]],
        ["qsc.rollback", (await hashes())[1]],
      ]);
      expect(receiver.arrivals.at(-1)?.body).toContain(MODEL);
    });

    test("while the receiver refuses, qsc status says what waits; killed and started again, it sends that with the same key", async () => {
      receiver.reply = () => ({ status: 503, body: "down" });
      const before = receiver.arrivals.length;
      await activate();
      await host.until("an attempt", async () => receiver.arrivals.length > before);
      await host.until("a warning", async () => {
        const { warnings } = await qsc<StatusDocument>("status");
        return warnings.some((text) => /channel hook fails since .*HTTP 503: down; 1 message waits/.test(text));
      });
      await host.systemd.run("systemctl", "kill", "--kill-whom=main", "--signal=KILL", UNIT);
      receiver.reply = () => ({ status: 200 });
      const refused = receiver.arrivals.length;
      await host.until("the message", async () => receiver.arrivals.length > refused);
      const wanted = ["qsc.activate", (await hashes())[2]];
      for (const event of events().slice(before, refused + 1)) expect(event).toEqual(wanted);
      await qsc("rollback", "--reason", "test");
      await host.until("the last message", async () => events().at(-1)?.[0] === "qsc.rollback");
    });
  });
});
