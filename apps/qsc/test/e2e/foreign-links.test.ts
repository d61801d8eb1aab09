import { chmod, chown, lchown, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  describeRequiring,
  requireRoot,
  seededTelemetry,
  temporaryDirectory,
  writeEventLog,
  type TemporaryDirectory,
} from "@qsc-tooling/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { qsc, type Run } from "./support/qsc.js";

const OTHER = 65_534;
const GATE = ["quality-gate", "--mode", "canary"];
const { entries } = seededTelemetry({ count: 300, intervalMs: 1000 });

let directory: TemporaryDirectory;
/** The acting user's own; another's; and what is the acting user's, and may not be touched. */
let home: string;
let place: string;
let precious: string;

beforeEach(async () => {
  directory = await temporaryDirectory();
  await chmod(directory.path, 0o755);
  [home, place, precious] = [
    join(directory.path, "home"),
    join(directory.path, "place"),
    join(directory.path, "precious"),
  ];
  for (const path of [home, place, precious]) await mkdir(path);
  await writeFile(join(precious, "file"), "precious", { mode: 0o600 });
  await writeEventLog(join(home, "healthy.ndjson"), entries);
});
afterEach(() => directory.remove());

function run(args: readonly string[], workdir: string): Promise<Run> {
  return qsc([...args, "--source", `file:${join(home, "healthy.ndjson")}`, "--workdir", workdir], { cwd: home });
}

async function expectPrecious(): Promise<void> {
  expect(await readdir(precious)).toEqual(["file"]);
  expect(await readFile(join(precious, "file"), "utf8")).toBe("precious");
  expect(await stat(join(precious, "file"))).toMatchObject({ uid: 0, mode: 0o100600 });
  expect(await stat(precious)).toMatchObject({ uid: 0 });
}

/** A link of the other user. */
async function plant(target: string, path: string): Promise<void> {
  await symlink(target, path);
  await lchown(path, OTHER, OTHER);
}

describeRequiring(requireRoot(), "root in a directory of another user", () => {
  beforeEach(async () => {
    for (const path of ["", "reports", "reports/safety", "logs", "data"]) {
      await mkdir(join(place, path), { recursive: true });
      await chown(join(place, path), OTHER, OTHER);
    }
  });

  test("writes a report there that that user may read", async () => {
    expect(await run(GATE, place)).toMatchObject({ code: 0 });
    const names = await readdir(join(place, "reports/safety"));
    expect(names).toHaveLength(3);
    for (const name of names)
      expect(await stat(join(place, "reports/safety", name))).toMatchObject({ uid: OTHER, mode: 0o100640 });
  });

  test("writes no report through a link of that user's", async () => {
    await plant(join(precious, "file"), join(place, "reports/safety/scoreboard_latest.md"));
    await plant(join(precious, "file"), join(place, "reports/safety/scoreboard_latest.html"));
    await plant(join(precious, "file"), join(place, "reports/safety/scoreboard_latest.json"));
    await run(["scoreboard"], place);
    await expectPrecious();
    const moved = join(directory.path, "moved");
    await mkdir(moved);
    await plant(precious, join(moved, "reports"));
    await chown(moved, OTHER, OTHER);
    const { code, err } = await run(GATE, moved);
    expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining("belongs to another user") as string });
    await expectPrecious();
  });

  test("writes no state and no log through a link of that user's, and gives nothing away", async () => {
    await plant(join(precious, "file"), join(place, "logs/qsc_canary.jsonl"));
    await plant(join(precious, "file"), join(place, "data/qsc_canary_lease"));
    await mkdir(join(directory.path, "units"));
    const services = ["--services", `child:${join(directory.path, "units")}`];
    for (const command of [["status"], ["audit", "verify"]])
      expect({ command, code: (await run([...command, ...services], place)).code }).toEqual({ command, code: 2 });
    // Nothing that only keeps a record may block a rollback.
    expect((await run(["rollback", ...services], place)).out).toContain("not written");
    await expectPrecious();
  });

  test("init gives away neither what a link leads to nor a directory through one", async () => {
    const root = join(directory.path, "root");
    await mkdir(join(root, "var/lib/qsc"), { recursive: true });
    await chown(join(root, "var/lib/qsc"), OTHER, OTHER);
    await plant(precious, join(root, "var/lib/qsc/data"));
    const { code } = await qsc(["init", "--root", root, "--user", "nobody", "--workdir", "/var/lib/qsc", "--force"], {
      cwd: home,
    });
    expect(code).toBe(2);
    await expectPrecious();
  });
});

test("under umask 000 others may not write to anything that a run leaves", async () => {
  const before = process.umask(0);
  try {
    expect(await run(GATE, join(home, "work"))).toMatchObject({ code: 0 });
    const services = ["--services", `child:${join(home, "units")}`];
    await run(["rollback", ...services], join(home, "work"));
  } finally {
    process.umask(before);
  }
  const left = await readdir(home, { recursive: true });
  expect(left).toContain("work/logs/qsc_canary.jsonl");
  for (const name of left.filter((each) => each !== "healthy.ndjson")) {
    expect(((await stat(join(home, name))).mode & 0o022).toString(8), name).toBe("0");
  }
});
