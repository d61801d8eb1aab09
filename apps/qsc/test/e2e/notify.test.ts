import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { digestOf, type AuditEntry, type NotifyDocument, type StatusDocument } from "@qsc/contract";
import { startReceiver, temporaryDirectory, type Receiver, type TemporaryDirectory } from "@qsc-tooling/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startConsole } from "./support/console.js";
import { document, qsc } from "./support/qsc.js";

const BIN = fileURLToPath(new URL("../../bin/qsc.js", import.meta.url));
const KEY = Buffer.alloc(32, 5).toString("base64");

let directory: TemporaryDirectory;
let receiver: Receiver;
let env: Readonly<Record<string, string>>;
beforeEach(async () => {
  [directory, receiver] = await Promise.all([temporaryDirectory(), startReceiver()]);
  env = { HOOK: `whsec_${KEY}`, CHAT: `${receiver.url}/services/T0/B0/geheimgeheim` };
  await settings({
    hook: { kind: "webhook", url: `${receiver.url}/hook`, secret: "env:HOOK" },
    chat: { kind: "slack", url: "env:CHAT" },
  });
});
afterEach(async () => {
  await receiver.close();
  await directory.remove();
});

async function settings(channels: object): Promise<void> {
  const config = { services: `child:${directory.path}`, unit: "engine.service", notify: { channels } };
  await writeFile(join(directory.path, "qsc.config.json"), JSON.stringify(config));
}

const inPlace = () => ({ cwd: directory.path, env });
const run = (...args: readonly string[]) => qsc([...args, "--workdir", ".", "--config", "qsc.config.json"], inPlace());

/** The next entry of a log. */
function entryAfter(last: AuditEntry | null, event: AuditEntry["event"]): AuditEntry {
  const head = {
    version: 1 as const,
    number: (last?.number ?? 0) + 1,
    at: "2026-01-11T08:30:00.000Z",
    event,
    unit: "engine.service",
    operation: "1",
    host: "trader-1",
    user: "alice",
    details: { model: "xgb", share: 0.1, reason: "test" },
    torn: null,
    previous: last?.hash ?? "0".repeat(64),
  };
  return { ...head, hash: digestOf(head) };
}

describe("qsc notify test", () => {
  test("sends a marked test to every channel, says what each answered, and exits with 0", async () => {
    receiver.reply = ({ path }) => ({ status: 200, body: `thank you for ${path}` });
    const { code, out } = await run("notify", "test");
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringMatching(/^PASS {2}notify/) as string });
    expect(out).toMatch(/hook +webhook +accepted +HTTP 200: thank you for \/hook/);
    expect(out).toMatch(/chat +slack +accepted +HTTP 200: thank you for \[secret\]/);
    expect(receiver.arrivals).toHaveLength(2);
    for (const { body } of receiver.arrivals) expect(body).toContain("TEST: this is only a test");
  });

  test("one channel alone, as one JSON document", async () => {
    const answer = await document<NotifyDocument>(
      ["notify", "test", "hook", "--workdir", ".", "--config", "qsc.config.json"],
      inPlace(),
    );
    expect(answer).toMatchObject({
      code: 0,
      kind: "notify",
      action: "test",
      channels: [{ channel: "hook", accepted: true }],
    });
    expect(receiver.arrivals).toHaveLength(1);
  });

  test("a refusal is exit 2 with its code, and shows no secret", async () => {
    receiver.reply = ({ path }) => ({ status: 403, body: `invalid_token ${path} ${path === "/hook" ? KEY : ""}` });
    const { code, out, err } = await run("notify", "test", "--verbose");
    expect(code).toBe(2);
    expect(out).toMatch(/notification_failed +Channel hook did not accept the message: HTTP 403: invalid_token/);
    expect(out + err).not.toMatch(new RegExp(`geheim|${KEY.slice(0, 12)}`));
  });

  test.each([
    [["notify", "test", "pager"], /There is no channel 'pager'; the settings name hook, chat/],
    [["notify", "run", "hook"], /qsc notify run sends to all channels; leave 'hook' out/],
    [["notify", "tset"], /tset/],
    [["notify"], /Not enough non-option arguments|name/],
  ])("%j is a mistake on the command line", async (args, why) => {
    const { code, err } = await run(...args);
    expect({ code, err }).toMatchObject({ code: 1, err: expect.stringMatching(why) as string });
    expect(receiver.arrivals).toEqual([]);
  });

  test("without a section, and with one that cannot be used, it says what to do; no other command is held up", async () => {
    await settings({ hook: { kind: "webhook", url: "http://169.254.169.254/", secret: "env:HOOK" } });
    expect(await run("notify", "test")).toMatchObject({
      code: 1,
      err: expect.stringContaining("metadata service") as string,
    });
    const status = await document<StatusDocument>(
      ["status", "--workdir", ".", "--config", "qsc.config.json"],
      inPlace(),
    );
    expect(status.warnings.join()).toMatch(/Whether notifications are sent is unknown: .*metadata service/);
    expect(status.reasons.join()).not.toContain("metadata");
    await writeFile(join(directory.path, "qsc.config.json"), JSON.stringify({ services: `child:${directory.path}` }));
    expect(await run("notify", "test")).toMatchObject({
      code: 1,
      err: expect.stringContaining("has no section notify") as string,
    });
  });
});

describe("qsc notify run", () => {
  /** Starts a notifier, and resolves once it follows the log. */
  async function start() {
    const child = spawn(process.execPath, [BIN, "notify", "run", "--workdir", ".", "--config", "qsc.config.json"], {
      cwd: directory.path,
      env: { PATH: process.env["PATH"] ?? "", ...env },
      stdio: ["ignore", "ignore", "pipe"],
    });
    const ended = once(child, "exit");
    let err = "";
    await new Promise<void>((resolve) => {
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        err += text;
        if (err.includes("Following")) resolve();
      });
      void ended.then(() => {
        resolve();
      });
    });
    return { child, ended, err: () => err };
  }

  test("killed while a message is under way, and started again: nothing is lost, and the message comes again with its key", async () => {
    const log = join(directory.path, "logs", "qsc_canary.jsonl");
    await mkdir(join(directory.path, "logs"));
    await settings({ hook: { kind: "webhook", url: `${receiver.url}/hook`, secret: "env:HOOK" } });
    let last: AuditEntry | null = null;
    const hashes: string[] = [];
    receiver.reply = () => "hang";
    for (let kill = 1; kill <= 4; kill += 1) {
      const { child, ended } = await start();
      last = entryAfter(last, kill % 2 === 1 ? "activate" : "rollback");
      hashes.push(last.hash);
      await appendFile(log, `${JSON.stringify(last)}\n`);
      await receiver.count(kill);
      child.kill("SIGKILL");
      await ended;
    }
    receiver.reply = () => ({ status: 200 });
    const { child, ended, err } = await start();
    const keys = (await receiver.count(8)).map(({ headers }) => headers["webhook-id"]);
    child.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
    const first = hashes[0];
    expect(keys).toEqual([first, first, first, first, ...hashes]);
    expect(err()).not.toContain(KEY.slice(0, 12));
    expect(await readFile(join(directory.path, "data/notify/hook.cursor.json"), "utf8")).toContain(last?.hash);
  });

  test("what waits is among the console's metrics, and absent there once it is unknown", async () => {
    await mkdir(join(directory.path, "logs"));
    await settings({ hook: { kind: "webhook", url: `${receiver.url}/hook`, secret: "env:HOOK" } });
    receiver.reply = () => "hang";
    const { child, ended } = await start();
    const entry = entryAfter(null, "activate");
    await appendFile(join(directory.path, "logs", "qsc_canary.jsonl"), `${JSON.stringify(entry)}\n`);
    await receiver.count(1);
    child.kill("SIGKILL");
    await ended;
    const config = join(directory.path, "qsc.config.json");
    const page = await startConsole(["--workdir", directory.path, "--config", config]);
    try {
      const metrics = async (): Promise<string> => (await fetch(`${page.url}metrics`)).text();
      expect(await metrics()).toContain('qsc_notifications_waiting{channel="hook",kind="webhook"} 1\n');
      expect(await metrics()).toMatch(/^qsc_notifier_alive_timestamp_seconds \d+/m);
      await writeFile(join(directory.path, "data/notify/hook.cursor.json"), "{");
      expect(await metrics()).not.toMatch(/^qsc_notif/m);
    } finally {
      await page.stop();
    }
  });

  test("only one runs at a time in a working directory", async () => {
    const { child, ended } = await start();
    const second = await run("notify", "run");
    expect(second).toMatchObject({
      code: 2,
      err: expect.stringMatching(/canary_locked|sends the notifications of/) as string,
    });
    child.kill("SIGTERM");
    await ended;
  });
});
