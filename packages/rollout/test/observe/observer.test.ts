import { appendFile, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { digestOf } from "@qsc/contract";
import { temporaryDirectory, writeCanaryFiles, type CanaryFiles, type TemporaryDirectory } from "@qsc-tooling/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Observer, PastReports } from "../../src/index.js";

const UNIT = "engine.service";

let home: TemporaryDirectory;
beforeEach(async () => {
  home = await temporaryDirectory();
});
afterEach(() => home.remove());

const files = (changes: Partial<CanaryFiles> = {}): Promise<void> =>
  writeCanaryFiles(home.path, {
    unit: UNIT,
    digestOf,
    nowMs: Date.parse("2026-11-30T12:00:00Z"),
    models: ["a", "b"],
    phase: "canary",
    past: 2,
    ...changes,
  });
const observer = (): Observer => new Observer({ workdir: home.path, unit: UNIT });

test("what does not change is not read again, and what changes is", async () => {
  await files();
  const seen = observer();
  const first = await seen.look();
  expect(first.state).toMatchObject({ kind: "state", state: { phase: "canary" } });
  expect(first.audit.canaries.map(({ outcome }) => outcome)).toEqual(["rolled_back", "rolled_back", "canary"]);
  expect(first.audit.problem).toBeNull();
  expect(await seen.look()).toBe(first);
  await files({ phase: "baseline" });
  const second = await seen.look();
  expect(second.state).toMatchObject({ kind: "state", state: { phase: "baseline" } });
  expect(second.audit.canaries).toHaveLength(2);
});

test("nothing there is absent, and not a baseline", async () => {
  const { state, audit } = await observer().look();
  expect(state).toEqual({ kind: "absent" });
  expect(audit).toEqual({ entries: [], canaries: [], problem: null });
});

test("a state that cannot be read, is of another unit, or is not one, is broken", async () => {
  const path = join(home.path, "data/qsc_canary_state.json");
  await files();
  await writeFile(path, "{");
  expect((await observer().look()).state).toMatchObject({ kind: "broken" });
  await rm(path);
  await mkdir(path);
  expect((await observer().look()).state).toMatchObject({ kind: "broken" });
  await rm(path, { recursive: true });
  await files({ unit: "other.service" });
  expect((await observer().look()).state).toMatchObject({ kind: "broken" });
});

test("a log that was changed, cut, or removed is named", async () => {
  const path = join(home.path, "logs/qsc_canary.jsonl");
  await files();
  await appendFile(path, "{}\n{}\n");
  expect((await observer().look()).audit.problem).toContain("line 6");
  await writeFile(path, "");
  expect((await observer().look()).audit.problem).toContain("does not match the state");
  await rm(path);
  expect((await observer().look()).audit.problem).toContain("does not match the state");
});

test("only names that reports have are listed, the forms of one together, oldest first", async () => {
  const directory = join(home.path, "reports/safety");
  await mkdir(directory, { recursive: true });
  const names = [
    "rollback_20261130_120000.json",
    "rollback_20261130_120000.html",
    "quality_gate_20260101_000000_collection_post_cutover.md",
    "scoreboard_latest.md",
    "rollback_20269999_120000.md",
    "rollback_20261130_120000.html.taken",
    "../x_20261130_120000.html".slice(3),
    "Rollback_20261130_120000.html",
    ".rollback_20261130_120000.html",
    "notes.txt",
  ];
  for (const name of names) await writeFile(join(directory, name), name);
  const reports = new PastReports(home.path);
  expect((await reports.list()).map(({ of, at, forms }) => [of, at, forms.join()])).toEqual([
    ["rollback", null, "md"],
    ["scoreboard", null, "md"],
    ["quality_gate", "2026-01-01T00:00:00.000Z", "md"],
    ["rollback", "2026-11-30T12:00:00.000Z", "html,json"],
    ["x", "2026-11-30T12:00:00.000Z", "html"],
  ]);
  expect(String(await reports.read("rollback_20261130_120000.html"))).toBe("rollback_20261130_120000.html");
  for (const name of ["notes.txt", "../../logs/qsc_canary.jsonl", "rollback_20261130_120001.html"])
    expect(await reports.read(name)).toBeNull();
});
