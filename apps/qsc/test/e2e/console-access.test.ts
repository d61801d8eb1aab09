import { execFile } from "node:child_process";
import { chmod, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { digestOf } from "@qsc/contract";
import {
  describeRequiring,
  requireRoot,
  temporaryDirectory,
  writeCanaryFiles,
  type TemporaryDirectory,
} from "@qsc-tooling/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startConsole, type ConsoleOptions, type RunningConsole } from "./support/console.js";
import { qsc } from "./support/qsc.js";

const UNIT = "engine.service";
const TOKEN = "an-example-token-of-some-length";

let home: TemporaryDirectory;
let server: RunningConsole | null;
let work: string;
beforeEach(async () => {
  home = await temporaryDirectory();
  server = null;
  work = join(home.path, "work");
  await writeCanaryFiles(work, {
    unit: UNIT,
    digestOf,
    nowMs: Date.now(),
    models: ["a", "b"],
    phase: "canary",
    past: 2,
  });
});
afterEach(async () => {
  await server?.stop();
  await home.remove();
});

const settings = (): readonly string[] => ["--workdir", work, "--unit", UNIT, "--source", "redis://127.0.0.1:1"];

async function served(options: ConsoleOptions, ...more: readonly string[]): Promise<RunningConsole> {
  server = await startConsole([...settings(), ...more], options);
  return server;
}

async function refusal(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  const { code, err } = await qsc(["console", ...settings(), ...args], { cwd: home.path, env });
  expect(code).toBe(1);
  return err;
}

describe("who may read the console", () => {
  test("another address than loopback needs a token, and says what is missing", async () => {
    expect(await refusal(["--console-listen", "0.0.0.0:0"])).toContain("that needs a token");
    expect(await refusal(["--console-listen", "[::]:0"])).toContain("that needs a token");
    const { said, url } = await served(
      { listen: "0.0.0.0:0", env: { QSC_CONSOLE_TOKEN: TOKEN } },
      "--console-names",
      "here.example",
    );
    const { port } = new URL(url);
    const here = `http://127.0.0.1:${port}/metrics`;
    expect((await fetch(here)).status).toBe(421);
    expect(said()).toContain("without TLS");
    expect(said()).not.toContain(TOKEN);
  });

  test("a token comes from a file that only its owner reads, or from the environment, and never from the command line", async () => {
    const path = join(home.path, "token");
    await writeFile(path, `${TOKEN}\n`, { mode: 0o600 });
    const { url } = await served({}, "--console-token-file", path);
    expect((await fetch(`${url}metrics`)).status).toBe(401);
    const headers = { authorization: `Bearer ${TOKEN}` };
    expect((await fetch(`${url}metrics`, { headers })).status).toBe(200);
    const { stdout } = await promisify(execFile)("ps", ["-ww", "-o", "args=", "-p", String(server?.child.pid)]);
    expect(stdout).toContain("console-token-file");
    expect(stdout).not.toContain(TOKEN);
    await chmod(path, 0o644);
    expect(await refusal(["--console-token-file", path])).toContain("can be read by every user");
    await chmod(path, 0o600);
    expect(await refusal(["--console-token-file", path], { QSC_CONSOLE_TOKEN: TOKEN })).toContain("both set");
    await writeFile(path, "short");
    expect(await refusal(["--console-token-file", path])).toContain("at least 20 are needed");
    await writeFile(path, "\n");
    expect(await refusal(["--console-token-file", path])).toContain("is empty");
    expect(await refusal(["--console-token", TOKEN])).toContain("Unknown argument");
  });

  test("what a file named as the policy holds is told to the console's own operator alone", async () => {
    const path = join(home.path, "policy");
    await writeFile(path, "root:geheim:1:\n", { mode: 0o600 });
    const { url, said } = await served({}, "--policy", path);
    const text = await (await fetch(`${url}segments.json`)).text();
    expect(JSON.parse(text)).toMatchObject({
      problem: expect.stringContaining("the policy cannot be used (invalid_policy)") as string,
      rows: [],
    });
    expect(text).not.toContain("geheim");
    expect(said()).toContain("invalid_policy");
  });

  test("a port that is taken, and an address that is none, are named", async () => {
    const { url } = await served({});
    const taken = new URL(url).host;
    expect(await refusal(["--console-listen", taken])).toContain(`cannot listen on ${taken}`);
    expect(await refusal(["--console-listen", "nowhere"])).toContain("cannot listen on 'nowhere'");
  });

  test("Ctrl-C ends it at once, with 0, also while a page is open", async () => {
    const running = await served({});
    const page = await fetch(`${running.url}events`);
    await page.body?.getReader().read();
    expect(await running.stop()).toBe(0);
  });
});

describeRequiring(requireRoot(), "as a user who may only read", () => {
  test("shows everything, and changes nothing", async () => {
    // As a user of another group, with a copy of nothing: what it may read is what others may.
    await promisify(execFile)("chmod", ["-R", "a+rX,go-w", home.path]);
    const before = await tree(home.path);
    const by = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"];
    const { url } = await served({ by });
    const page = await fetch(`${url}events`);
    const { value } = (await page.body?.getReader().read()) ?? {};
    expect(Buffer.from(value ?? []).toString()).toContain('"word":"OUTAGE"');
    const past = (await (await fetch(`${url}past.json`)).json()) as { readonly canaries: readonly object[] };
    expect(past.canaries).toHaveLength(3);
    await fetch(`${url}metrics`);
    expect(await server?.stop()).toBe(0);
    expect(await tree(home.path)).toEqual(before);
  });

  test("what it may not read is unknown, and no baseline", async () => {
    await promisify(execFile)("chmod", ["-R", "a+rX,go-w", home.path]);
    await chmod(join(work, "data/qsc_canary_state.json"), 0o600);
    const { url } = await served({ by: ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"] });
    const text = await (await fetch(`${url}metrics`)).text();
    expect(text).toContain('qsc_canary_phase{phase="unknown"} 1\n');
    expect(text).not.toContain("qsc_canary_live");
  });
});

/** Every file with its content, its mode and when it was changed. */
async function tree(directory: string): Promise<readonly (readonly [string, number, number, string])[]> {
  const names = await readdir(directory, { recursive: true, withFileTypes: true });
  return Promise.all(
    names.map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      const { mode, mtimeMs } = await stat(path);
      return [path, mode, mtimeMs, entry.isFile() ? await readFile(path, "utf8") : ""] as const;
    }),
  );
}
