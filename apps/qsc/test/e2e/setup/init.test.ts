import { execFile } from "node:child_process";
import { readdir, readFile, readlink, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { InitDocument } from "@qsc/contract";
import { describeRequiring, requireCommands, temporaryDirectory, type TemporaryDirectory } from "@qsc-tooling/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { document, qsc } from "../support/qsc.js";

const UNITS = "etc/systemd/system";
const NAMES = ["qsc-monitor-quantum-ai-engine.service", "qsc-deadman-quantum-ai-engine.service"];
const CONSOLE = "qsc-console-quantum-ai-engine.service";

let home: TemporaryDirectory;
let root = "";
beforeEach(async () => {
  home = await temporaryDirectory();
  root = join(home.path, "root");
});
afterEach(() => home.remove());

function init(...options: readonly string[]): Promise<InitDocument & { readonly code: number | null }> {
  return document<InitDocument>(["init", "--root", root, "--workdir", "/var/lib/qsc", "--user", "qsc", ...options], {
    cwd: home.path,
  });
}

async function filesThere(): Promise<readonly string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

describe("init, below another root", () => {
  test("--dry-run names every file, and writes none", async () => {
    const { code, files, steps } = await init("--dry-run");
    expect(code).toBe(0);
    expect(files.map(({ path }) => path)).toContain(join(root, UNITS, NAMES[0] ?? ""));
    expect(new Set(steps.slice(1).map(({ outcome }) => outcome))).toEqual(new Set(["planned"]));
    expect(await filesThere()).toEqual([]);
    expect(await readdir(home.path)).toEqual([]);
  });

  test("writes what it says, the user's own files unreadable for others, and enables the dead-man; a second run changes nothing", async () => {
    const { code, files } = await init();
    expect(code).toBe(0);
    for (const { path, text } of files) expect(await readFile(path, "utf8"), path).toBe(text);
    expect(await filesThere()).toEqual(files.map(({ path }) => path).sort());
    expect(((await stat(join(root, "var/lib/qsc/qsc.config.yaml"))).mode & 0o777).toString(8)).toBe("600");
    expect(await readlink(join(root, UNITS, "timers.target.wants/qsc-deadman-quantum-ai-engine.timer"))).toBe(
      `/${UNITS}/qsc-deadman-quantum-ai-engine.timer`,
    );
    const again = await init();
    expect(again.code).toBe(0);
    expect(
      again.steps
        .filter(({ name }) => name === "file")
        .map(({ outcome, detail }) => [outcome, detail.endsWith(": unchanged")]),
    ).toEqual(files.map(() => ["skipped", true]));
  });

  test("--console adds a unit that is handed the config file and the token; without it there is none", async () => {
    await init();
    expect(await filesThere()).not.toContain(join(root, UNITS, CONSOLE));
    await init("--force", "--console", "--console-token-file", "/etc/qsc/token");
    const text = await readFile(join(root, UNITS, CONSOLE), "utf8");
    expect(text).toContain(
      "LoadCredential=config:/var/lib/qsc/qsc.config.yaml\nLoadCredential=policy:/var/lib/qsc/qsc.policy.yaml\nLoadCredential=token:/etc/qsc/token\n",
    );
    expect(text).toContain(`"--console-token-file" "/run/credentials/${CONSOLE}/token"`);
    expect(text).toContain("DynamicUser=yes\nSupplementaryGroups=qsc\n");
    expect(text).not.toContain("ReadWritePaths");
  });

  test.each([
    [["--console-listen", "192.0.2.10:8787"], /192\.0\.2\.10:8787 is reachable .*: that needs a token\. Name a file/],
    [["--console-listen", "0.0.0.0:8787", "--console-token-file", "/etc/qsc/token"], /--console-names/],
    [["--console-listen", "nowhere"], /cannot listen on 'nowhere'/],
  ])("--console writes no unit that could not start: %j", async (args, why) => {
    const command = ["init", "--root", root, "--workdir", "/var/lib/qsc", "--user", "qsc", "--json", "--console"];
    const run = await qsc([...command, ...args], { cwd: home.path });
    expect(run.code).not.toBe(0);
    expect(run.out + run.err).toMatch(why);
    expect(run.out + run.err).toContain("invalid_config");
    expect(await filesThere()).toEqual([]);
    const without = await qsc([...command.slice(0, -1), "--dry-run", ...args], { cwd: home.path });
    expect(without.code).toBe(0);
  });

  test("prints what changed, and the rest with --verbose", async () => {
    const args = ["init", "--root", root, "--workdir", "/var/lib/qsc", "--user", "qsc", "--force"];
    const first = await qsc(args, { cwd: home.path });
    expect(first.err).toContain(`ok      file: ${join(root, "var/lib/qsc/qsc.config.yaml")}: new\n`);
    expect(first.out + first.err).not.toContain("WatchdogSec=20");
    const path = join(root, UNITS, NAMES[0] ?? "");
    await writeFile(path, (await readFile(path, "utf8")).replace("WatchdogSec=20", "WatchdogSec=99"));
    const again = await qsc(args, { cwd: home.path });
    expect(again.code).toBe(0);
    expect(again.err.match(/^ +\w+ +(?:file|directory|timer enabled): .*$/gm)).toEqual([
      expect.stringMatching(
        /^ {2}ok {6}file: .*: overwritten: line \d+ was 'WatchdogSec=99', and is now 'WatchdogSec=20'$/,
      ),
    ]);
    expect(again.out).not.toContain("unchanged");
    const whole = await qsc([...args, "--verbose"], { cwd: home.path });
    expect(whole.err).toContain(`${join(root, "var/lib/qsc/qsc.config.yaml")}: unchanged\n`);
    expect(whole.out).toContain("WatchdogSec=20");
    expect(await qsc([...args, "--dry-run"], { cwd: home.path })).toMatchObject({
      code: 0,
      err: expect.not.stringContaining("would") as string,
    });
  });

  test("the config is one that qsc reads", async () => {
    await init("--source", "file:intents.ndjson", "--stream", "s");
    const config = join(root, "var/lib/qsc/qsc.config.yaml");
    const run = await qsc(
      [
        "audit",
        "verify",
        "--config",
        config,
        "--policy",
        join(root, "var/lib/qsc/qsc.policy.yaml"),
        "--workdir",
        home.path,
        "--json",
      ],
      { cwd: "/" },
    );
    expect(JSON.parse(run.out)).toMatchObject({
      kind: "audit",
      unit: "quantum-ai-engine.service",
      source: `file:${join(home.path, "intents.ndjson")}`,
    });
  });

  describe("with notification channels", () => {
    const NOTIFIER = "qsc-notify-quantum-ai-engine.service";
    const SECTION = `# Who is told.
notify:
  channels:
    ops: { kind: webhook, url: "https://hooks.example.com/qsc", secret: "credential:ops" } # the desk
    pager:
      kind: pagerduty
      routingKey: credential:pager
`;
    const given = async (text: string): Promise<string> => {
      const path = join(home.path, "given.yaml");
      await writeFile(path, text);
      return path;
    };

    test("--notify installs a unit that starts at boot, with the credentials of the section, which is kept as it is written", async () => {
      const config = await given(`stream: "s"\n\n${SECTION}`);
      expect(await init("--notify", "--config", config)).toMatchObject({ code: 0, reasons: [] });
      const unit = await readFile(join(root, UNITS, NOTIFIER), "utf8");
      expect(unit).toContain('"notify" "run" "--config" "/var/lib/qsc/qsc.config.yaml"\n');
      expect(unit.match(/^(?:User|LoadCredential|ReadWritePaths|Restart)=.*$/gm)).toEqual([
        "Restart=always",
        "LoadCredential=ops:/etc/qsc/credentials/ops",
        "LoadCredential=pager:/etc/qsc/credentials/pager",
        "User=qsc",
        'ReadWritePaths="-/var/lib/qsc/data/notify"',
      ]);
      expect(unit).not.toMatch(/^(?:Requires|BindsTo|PartOf|Wants)=qsc/m);
      expect(await readlink(join(root, UNITS, "multi-user.target.wants", NOTIFIER))).toBe(`/${UNITS}/${NOTIFIER}`);
      const written = await readFile(join(root, "var/lib/qsc/qsc.config.yaml"), "utf8");
      expect(written).toMatch(/^stream: "s"$/m);
      expect(written.endsWith(`\n${SECTION}`)).toBe(true);
      const again = await init("--notify", "--config", config);
      expect(again.steps.filter(({ name, outcome }) => name === "file" && outcome !== "skipped")).toEqual([]);
    });

    test("without --notify there is no unit, and the section is kept all the same", async () => {
      expect(await init("--config", await given(`# All of it.\n${SECTION}`))).toMatchObject({ code: 0 });
      expect((await filesThere()).filter((path) => path.endsWith(NOTIFIER))).toEqual([]);
      expect(await readFile(join(root, "var/lib/qsc/qsc.config.yaml"), "utf8")).toContain(SECTION);
    });

    test("a section of JSON, or in one line, is kept in its meaning", async () => {
      const ops = { kind: "webhook", url: "https://hooks.example.com/", secret: "env:OPS" };
      expect(await init("--config", await given(JSON.stringify({ notify: { channels: { ops } } })))).toMatchObject({
        code: 0,
      });
      const written = await readFile(join(root, "var/lib/qsc/qsc.config.yaml"), "utf8");
      expect(written).toContain(`\nnotify: ${JSON.stringify({ channels: { ops } })}\n`);
    });

    test.each([
      ["stream: s\n", /--notify needs channels: add a section notify/],
      ["notify:\n  channels: {}\n", /notify\.channels names no channel/],
    ])("--notify with %j is refused, and nothing is written", async (text, why) => {
      const run = await qsc(
        [
          "init",
          "--root",
          root,
          "--workdir",
          "/var/lib/qsc",
          "--user",
          "qsc",
          "--notify",
          "--config",
          await given(text),
        ],
        { cwd: home.path },
      );
      expect(run).toMatchObject({ code: 1, err: expect.stringMatching(why) as string });
      expect(await filesThere()).toEqual([]);
    });
  });

  test("a file that differs is refused, saying where, and nothing is written at all", async () => {
    await init();
    const path = join(root, UNITS, NAMES[0] ?? "");
    const before = await readFile(path, "utf8");
    await writeFile(path, before.replace("WatchdogSec=20", "WatchdogSec=99"));
    const config = join(root, "var/lib/qsc/qsc.config.yaml");
    const settings = await readFile(config, "utf8");
    const refused = await init("--stream", "another");
    expect(refused).toMatchObject({ code: 2, verdict: "fail" });
    expect(refused.reasons.join()).toMatch(
      /qsc\.config\.yaml already exists and differs: line 3 is 'stream: "quantum:stream:trade\.intent"', and would be 'stream: "another"'\. Nothing was written/,
    );
    expect((await init()).reasons.join()).toMatch(/is 'WatchdogSec=99', and would be 'WatchdogSec=20'/);
    expect(await readFile(config, "utf8")).toBe(settings);
    expect(await init("--yes")).toMatchObject({ code: 0 });
    expect(await readFile(path, "utf8")).toBe(before);
  });

  test("the source's password is in the user's file, but is never printed", async () => {
    const run = await qsc(
      ["init", "--root", root, "--workdir", "/var/lib/qsc", "--source", "redis://u:geheim@host:6379", "--json"],
      { cwd: home.path },
    );
    expect(run).toMatchObject({ code: 0 });
    expect(run.out + run.err).not.toContain("geheim");
    expect(await readFile(join(root, "var/lib/qsc/qsc.config.yaml"), "utf8")).toContain("geheim");
  });

  test.each([
    ["root", /is not needed/],
    ["a b", /not a user name/],
    ["qsc\nUser=root", /not a user name/],
  ])("--user %o is refused", async (user, why) => {
    const run = await qsc(["init", "--root", root, "--workdir", "/var/lib/qsc", "--user", user, "--json"], {
      cwd: home.path,
    });
    expect(run.code).not.toBe(0);
    expect(run.out).toMatch(why);
    expect(await filesThere()).toEqual([]);
  });
});

describeRequiring(requireCommands("systemd-analyze"), "the units that init writes, as systemd sees them", (analyze) => {
  test("their exposure is at most 3.0, and every line of them is understood", async () => {
    await init("--source", "rediss://redis.example.org:6380", "--console", "--console-token-file", "/etc/qsc/token");
    const names = [...NAMES, CONSOLE];
    const units = names.map((name) => join(root, UNITS, name));
    const { stdout } = await promisify(execFile)(analyze, [
      "security",
      "--offline=true",
      "--threshold=30",
      "--no-pager",
      ...units,
    ]);
    expect(stdout.match(/Overall exposure level for .*: \d\.\d/g)?.map((line) => line.replace(/.* for /, ""))).toEqual(
      names.map((name) => expect.stringMatching(new RegExp(`^${name}: [0-2]\\.\\d$`)) as unknown),
    );
    const all = [...units, join(root, UNITS, "qsc-deadman-quantum-ai-engine.timer")];
    const { stderr } = await promisify(execFile)(analyze, ["verify", "--man=no", ...all]).catch(
      (error: unknown) => error as { stderr: string },
    );
    expect(stderr.split("\n").filter((line) => /Unknown|Failed to parse|Invalid/.test(line))).toEqual([]);
  });
});
