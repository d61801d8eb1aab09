import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, chown, cp, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  describeRequiring,
  repositoryRoot,
  requireRoot,
  seededTelemetry,
  temporaryDirectory,
  writeEventLog,
  type TemporaryDirectory,
} from "@qsc-tooling/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { qsc, type Run } from "./support/qsc.js";

/** Another user of the host than the acting one. */
const OTHER = 65_534;
const GATE = ["quality-gate", "--mode", "canary"];
const { entries } = seededTelemetry({ count: 300, intervalMs: 1000 });

let directory: TemporaryDirectory;
/** A directory of the acting user, with a good log; and one for files that others may own. */
let home: string;
let place: string;

beforeEach(async () => {
  directory = await temporaryDirectory();
  await chmod(directory.path, 0o755);
  [home, place] = [join(directory.path, "home"), join(directory.path, "place")];
  await mkdir(home);
  await mkdir(place);
  await writeEventLog(join(home, "healthy.ndjson"), entries);
});
afterEach(() => directory.remove());

const source = (): string => `file:${join(home, "healthy.ndjson")}`;

/** A gate on good telemetry: exit 0 unless it refuses one of its files. */
function gate(...options: readonly string[]): Promise<Run> {
  return qsc([...GATE, "--source", source(), "--workdir", home, ...options], { cwd: home });
}

/** Files that a command is given, each with the option that names it and a harmless text. */
const FILES = [
  ["config", "Config file", "stream: quantum:stream:trade.intent\n"],
  ["policy", "Policy", "{}\n"],
] as const;

describe.each(FILES)("--%s", (option, what, text) => {
  let file: string;
  beforeEach(async () => {
    file = join(place, `${option}.yaml`);
    await writeFile(file, text);
  });

  test("is read if only the acting user can change it", async () => {
    expect(await gate(`--${option}`, file)).toMatchObject({ code: 0 });
  });

  test.each([
    ["others may write to it", () => chmod(file, 0o666)],
    [
      "a group with other members may write to it",
      async () => {
        await chown(file, 0, OTHER);
        await chmod(file, 0o664);
      },
    ],
    ["others may write to its directory", () => chmod(place, 0o777)],
    [
      "a group with other members may write to its directory",
      async () => {
        await chown(place, 0, OTHER);
        await chmod(place, 0o775);
      },
    ],
  ])("is refused if %s", async (_why, open) => {
    await open();
    const { code, err, out } = await gate(`--${option}`, file);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toContain(`${what} ${file} is not safe to read: other users may write to `);
  });

  test("is refused if a link to it is where others may write", async () => {
    await chmod(place, 0o777);
    const target = join(home, "file.yaml");
    await writeFile(target, text);
    await symlink(target, join(place, "link.yaml"));
    expect(await gate(`--${option}`, join(place, "link.yaml"))).toMatchObject({
      code: 1,
      err: expect.stringContaining("other users may write to") as string,
    });
  });

  describeRequiring(requireRoot(), "and a second user", () => {
    test("is refused if it, its directory, or a link to it belongs to that user", async () => {
      await chown(file, OTHER, OTHER);
      expect(await gate(`--${option}`, file)).toMatchObject({
        code: 1,
        err: expect.stringContaining(`${file} belongs to another user (uid ${OTHER})`) as string,
      });
      await chown(file, 0, 0);
      await chown(place, OTHER, OTHER);
      expect(await gate(`--${option}`, file)).toMatchObject({
        code: 1,
        err: expect.stringContaining(`${place} belongs to another user (uid ${OTHER})`) as string,
      });
    });
  });
});

test("a manifest that others may write to is refused", async () => {
  const manifest = join(place, "model.json");
  await cp(join(repositoryRoot, "apps/ai-engine/models/xgb/manifest.json"), manifest);
  await chmod(manifest, 0o666);
  const { code, err } = await qsc(["feature-sanity", "--source", source(), "--workdir", home, "--manifest", manifest], {
    cwd: home,
  });
  expect({ code, err }).toMatchObject({
    code: 1,
    err: expect.stringContaining(`Manifest ${manifest} is not safe to read: other users may write to`) as string,
  });
});

test.each(["ca", "cert", "key"])("a file of TLS that others may write to is refused: --%s", async (option) => {
  const file = join(place, "file.pem");
  await writeFile(file, "");
  await chmod(file, 0o666);
  const tls =
    option === "ca"
      ? []
      : option === "cert"
        ? ["--key", join(home, "healthy.ndjson")]
        : ["--cert", join(home, "healthy.ndjson")];
  const { code, err } = await qsc([...GATE, "--source", "rediss://127.0.0.1:1", `--${option}`, file, ...tls], {
    cwd: home,
  });
  expect({ code, err }).toMatchObject({
    code: 1,
    err: expect.stringContaining(`${file} is not safe to read: other users may write to`) as string,
  });
});

test("a run says which config file it read, and a quiet one does not", async () => {
  const file = join(home, "named.yaml");
  await writeFile(file, "stream: quantum:stream:trade.intent\n");
  expect((await gate("--config", file)).err).toContain(`config  ${file}\n`);
  expect((await gate("--config", file, "--quiet")).err).toBe("");
  expect((await gate("--config", file, "--json")).err).toContain(`config  ${file}\n`);
});

describeRequiring(requireRoot(), "root in a directory of another user", () => {
  test("never runs what that user's config file says", async () => {
    const units = join(place, "units");
    await mkdir(units);
    const proof = join(directory.path, "ran-as-root");
    await writeFile(join(units, "engine.service"), `[Service]\nExecStart=/usr/bin/touch ${proof}\n`);
    await writeFile(
      join(place, "qsc.config.yaml"),
      `services: child:${units}\nunit: engine.service\nsource: ${source()}\n`,
    );
    for (const path of [place, units, join(units, "engine.service"), join(place, "qsc.config.yaml")])
      await chown(path, OTHER, OTHER);
    for (const args of [GATE, ["status"], ["cutover"], ["rollback"]]) {
      const { code, err } = await qsc(args, { cwd: place });
      expect({ args, code, err }).toMatchObject({
        args,
        code: 1,
        err: expect.stringContaining("qsc.config.yaml") as string,
      });
    }
    expect(existsSync(proof)).toBe(false);
  });

  test("never runs that user's units, even if they are named", async () => {
    const units = join(place, "units");
    const proof = join(directory.path, "ran-as-root");
    const unit = join(units, "engine.service");
    await mkdir(join(units, "engine.service.d"), { recursive: true });
    await writeFile(unit, `[Service]\nExecStart=/usr/bin/touch ${proof}\n`);
    await writeFile(join(units, "engine.service.d", "a.conf"), "[Service]\n");
    for (const path of [
      place,
      units,
      unit,
      join(units, "engine.service.d"),
      join(units, "engine.service.d", "a.conf"),
    ]) {
      await chown(path, OTHER, OTHER);
      const { code, err } = await qsc(
        [
          "rollback",
          "--services",
          `child:${units}`,
          "--unit",
          "engine.service",
          "--source",
          source(),
          "--workdir",
          home,
        ],
        { cwd: home },
      );
      expect({ path, code, err }).toMatchObject({
        path,
        code: 1,
        err: expect.stringContaining(`${path} belongs to another user`) as string,
      });
      await chown(path, 0, 0);
    }
    expect(existsSync(proof)).toBe(false);
  });

  test("has its own config file read there only if it is named, and is told so", async () => {
    await writeFile(join(home, "qsc.config.yaml"), `source: ${source()}\n`);
    const unnamed = await qsc(GATE, { cwd: home });
    expect(unnamed).toMatchObject({
      code: 1,
      err: expect.stringContaining("name it to use it: --config qsc.config.yaml") as string,
    });
    expect(await qsc([...GATE, "--config", "qsc.config.yaml"], { cwd: home })).toMatchObject({ code: 0 });
    expect(await qsc(GATE, { cwd: home, env: { QSC_CONFIG: "qsc.config.yaml" } })).toMatchObject({ code: 0 });
  });

  test("uses it as its working directory only if it is named", async () => {
    await chown(place, OTHER, OTHER);
    const { code, err } = await qsc([...GATE, "--source", source()], { cwd: place });
    expect({ code, err }).toMatchObject({
      code: 1,
      err: expect.stringContaining("name it to work there: --workdir") as string,
    });
    expect(existsSync(join(place, "reports"))).toBe(false);
    expect(await qsc([...GATE, "--source", source(), "--workdir", "."], { cwd: place })).toMatchObject({ code: 0 });
  });
});

describeRequiring(requireRoot(), "an unprivileged user", () => {
  test("has the config file of the current directory read only if it belongs to that user or root", async () => {
    await chown(place, OTHER, OTHER);
    const config = join(place, "qsc.config.yaml");
    await writeFile(config, `source: ${source()}\n`);
    for (const [owner, code] of [
      [OTHER, 0],
      [0, 0],
      [1, 1],
    ] as const) {
      await chown(config, owner, owner);
      expect(await asOther(GATE, place), `owner ${owner}`).toMatchObject({ code });
    }
    expect(await readFile(config, "utf8")).toContain("source");
  });
});

/** Runs `qsc` as the other user, from a copy of nothing: the checkout has to be readable for that user. */
async function asOther(
  args: readonly string[],
  cwd: string,
): Promise<{ readonly code: number; readonly stderr: string }> {
  const bin = join(repositoryRoot, "apps/qsc/bin/qsc.js");
  const command = [`--reuid=${OTHER}`, `--regid=${OTHER}`, "--clear-groups", "--", process.execPath, bin, ...args];
  return promisify(execFile)("setpriv", command, { cwd, env: { PATH: process.env["PATH"] ?? "", HOME: cwd } }).then(
    ({ stderr }) => ({ code: 0, stderr }),
    (error: unknown) => error as { code: number; stderr: string },
  );
}
