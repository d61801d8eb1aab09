import { join } from "node:path";
import { temporaryDirectory } from "@qsc-tooling/testkit";
import { beforeEach, describe, expect, test } from "vitest";
import { verifyAudit } from "../../src/audit.js";
import { appendAudit, readAudit } from "../../src/canary/audit-log.js";
import { hostFiles } from "../../src/canary/files.js";
import { readState, writeState } from "../../src/canary/state-file.js";
import { Machine } from "./model/machine.js";
import { PATHS, Process, UNIT, type Plant } from "./model/process.js";

let machine = new Machine();

beforeEach(() => {
  machine = new Machine();
});

const world = () => new Process(machine).world;
const append = async (number: number) => {
  await appendAudit(world(), "rollback", { number });
  await tell();
};
/** Lets the state tell of the newest whole entry, as the command does that has appended it. */
async function tell(): Promise<void> {
  const { entries } = await readAudit(world().files, PATHS.audit);
  const { number, hash } = entries.at(-1) ?? { number: 0, hash: "" };
  const state = { version: 1, unit: UNIT, operation: "one", updatedAt: "2026-01-05T09:00:00.000Z", audit: number === 0 ? null : { number, hash }, phase: "baseline", canary: null, watch: null };
  machine.disk.create(PATHS.state);
  machine.disk.put(PATHS.state, JSON.stringify(state));
}
/** Cuts off what an append was writing when it was interrupted: no state tells of its entry. */
async function tear(change: (text: string) => string): Promise<void> {
  rewrite(change);
  await tell();
}
const text = () => machine.disk.read(PATHS.audit) ?? "";
const verify = () => verifyAudit(world());
function rewrite(change: (text: string) => string): void {
  machine.disk.put(PATHS.audit, change(text()));
}
function rewriteLines(change: (lines: string[]) => readonly string[]): void {
  rewrite((whole) => `${change(whole.trimEnd().split("\n")).join("\n")}\n`);
}

describe("an audit log", () => {
  beforeEach(async () => {
    for (const number of [1, 2, 3, 4]) await append(number);
  });

  test("that nobody touched is whole", async () => {
    expect(await verify()).toMatchObject({ verdict: "pass", exitCode: 0, entries: 4, brokenLine: null, warnings: [] });
  });

  test.each<[string, (lines: string[]) => readonly string[], number]>([
    ["an edited line", (lines) => lines.map((line, index) => index === 1 ? line.replace('"number":2}', '"number":9}') : line), 2],
    ["an edited line whose own hash was made anew", (lines) => lines.map((line, index) => index === 1 ? line.replace(/"previous":"[0-9a-f]{8}/, '"previous":"00000000') : line), 2],
    ["a deleted line", (lines) => lines.toSpliced(1, 1), 2],
    ["a deleted first line", (lines) => lines.slice(1), 1],
    ["two lines in the other order", ([a = "", b = "", c = "", d = ""]) => [a, c, b, d], 2],
    ["a repeated line", ([a = "", b = "", c = "", d = ""]) => [a, b, b, c, d], 3],
    ["an inserted line", (lines) => lines.toSpliced(2, 0, "something else"), 3],
    ["an inserted blank line", (lines) => lines.toSpliced(2, 0, ""), 3],
    ["a line behind the last", (lines) => [...lines, "something else"], 5],
    ["a line before the first", (lines) => ["something else", ...lines], 1],
  ])("with %s is broken at that line", async (_, change, line) => {
    rewriteLines(change);
    const document = await verify();
    expect([document.verdict, document.exitCode, document.brokenLine]).toEqual(["fail", 2, line]);
    await expect(append(5)).rejects.toMatchObject({ code: "audit_broken" });
  });

  test("whose last line is torn is whole, and says so; the next entry names it", async () => {
    await tear((whole) => whole.slice(0, -40));
    expect(await verify()).toMatchObject({ verdict: "pass", entries: 3, warnings: [expect.stringContaining("torn")] });
    await append(5);
    expect(await verify()).toMatchObject({ verdict: "pass", entries: 4, warnings: [] });
    rewriteLines((lines) => lines.map((line, index) => index === 3 ? line.slice(0, -1) : line));
    expect(await verify()).toMatchObject({ verdict: "fail", brokenLine: 4 });
  });

  test("whose torn line is taken out after an entry has named it is broken", async () => {
    await tear((whole) => whole.slice(0, -40));
    await append(5);
    rewriteLines((lines) => lines.toSpliced(3, 1));
    expect(await verify()).toMatchObject({ verdict: "fail", brokenLine: 4 });
  });

  test("that lacks its last line's end goes on on the next line", async () => {
    await tear((whole) => whole.slice(0, -1));
    expect(await verify()).toMatchObject({ verdict: "pass", entries: 4 });
    await append(5);
    expect(await verify()).toMatchObject({ verdict: "pass", entries: 5, warnings: [] });
  });

  test("torn anywhere, and again at the next append, is whole", async () => {
    const whole = text();
    const third = whole.split("\n").slice(0, 3).join("\n").length + 1;
    for (let first = third; first < whole.length; first += 23) {
      await tear(() => whole.slice(0, first));
      await append(5);
      const again = text();
      for (let second = first; second < again.length; second += 37) {
        await tear(() => again.slice(0, second));
        expect(await verify()).toMatchObject({ verdict: "pass" });
        await append(6);
        expect(await verify()).toMatchObject({ verdict: "pass", warnings: [] });
      }
    }
  });
});

test("no log is no proof", async () => {
  expect(await verify()).toMatchObject({ verdict: "fail", exitCode: 2, entries: 0, reasons: [expect.stringContaining("no audit log")] });
});

test("an entry is synced before it counts, and a new log's name too", async () => {
  await append(1);
  machine.disk.losePower({ names: "lost", contents: "lost" });
  await tell();
  expect(await verify()).toMatchObject({ verdict: "pass", entries: 1 });
});

describe("what state and reports tell of the log", () => {
  beforeEach(async () => {
    for (const number of [1, 2, 3, 4]) await append(number);
  });

  /** The log as it would be had these events happened: each hash made again. */
  async function forge(details: readonly number[]): Promise<void> {
    const forger = new Machine();
    const { world: elsewhere } = new Process(forger);
    for (const number of details) await appendAudit(elsewhere, "rollback", { number });
    machine.disk.put(PATHS.audit, forger.disk.read(PATHS.audit) ?? "");
  }

  test.each<[string, () => Promise<void> | void, string]>([
    ["was deleted", () => { machine.disk.remove(PATHS.audit); }, "its end was cut off, or it was deleted"],
    ["was emptied", () => { rewrite(() => ""); }, "its end was cut off, or it was deleted"],
    ["lost its last line", () => { rewriteLines((lines) => lines.slice(0, -1)); }, "it has 3 of at least 4 entries"],
    ["lost all but one", () => { rewriteLines((lines) => lines.slice(0, 1)); }, "it has 1 of at least 4 entries"],
    ["was written again with a forged line and a chain that fits", () => forge([1, 2, 99, 4]), "entry 4 is another one"],
    ["was written again, longer", () => forge([1, 2, 3, 99, 5, 6]), "entry 4 is another one"],
  ])("a log that %s is not taken for whole, and takes no entry", async (_name, change, why) => {
    await change();
    const document = await verify();
    expect([document.verdict, document.exitCode]).toEqual(["fail", 2]);
    expect(document.reasons.join(" ")).toContain(why);
    const late = world();
    await readState(late);
    await expect(appendAudit(late, "rollback", {})).rejects.toMatchObject({ code: "audit_broken", message: expect.stringContaining(why) as string });
  });

  test("entries behind the one that the state tells of are no contradiction, and are named", async () => {
    await appendAudit(world(), "rollback", { number: 5 });
    expect(await verify()).toMatchObject({ verdict: "pass", entries: 5, warnings: [expect.stringContaining("the last 1 of 5 entries")] });
  });

  test.each([["no state", () => { machine.disk.remove(PATHS.state); }], ["a state of an earlier version", () => {
    const earlier = JSON.parse(machine.disk.read(PATHS.state) ?? "") as Record<string, unknown>;
    delete earlier["audit"];
    machine.disk.put(PATHS.state, JSON.stringify(earlier));
  }]])("with %s and no report nothing says that the log is whole", async (_name, change) => {
    change();
    expect(await verify()).toMatchObject({ verdict: "fail", exitCode: 2, reasons: [expect.stringContaining("nothing outside it says that it is whole")] });
  });

  test("a state that cannot be read is no proof", async () => {
    machine.disk.put(PATHS.state, "{");
    expect(await verify()).toMatchObject({ verdict: "fail", exitCode: 2 });
  });

  test("a state carries on what the one before it told of the log", async () => {
    const later = world();
    await readState(later);
    await writeState(later, { phase: "baseline", canary: null, watch: null });
    expect(JSON.parse(machine.disk.read(PATHS.state) ?? "")).toMatchObject({ audit: { number: 4 } });
  });

  test("an empty log is no proof", async () => {
    machine.disk.put(PATHS.audit, "");
    machine.disk.remove(PATHS.state);
    expect(await verify()).toMatchObject({ verdict: "fail", exitCode: 2, entries: 0, reasons: [expect.stringContaining("has no entries")] });
  });
});

describe("two commands that write at once", () => {
  test("leave a whole chain, where one stood still between its look at the log and its entry", async () => {
    await append(1);
    let isFirst = true;
    const plant: Plant = (each) => ({
      ...each,
      files: {
        ...each.files,
        append: async (...given) => {
          if (isFirst) {
            isFirst = false;
            await append(2);
          }
          return each.files.append(...given);
        },
      },
    });
    await appendAudit(new Process(machine, { plant }).world, "rollback", { number: 3 });
    expect(await verify()).toMatchObject({ verdict: "pass", entries: 3 });
  });

  test("leave a whole chain where one is stopped in the middle of its entry: the other writes none, and says so", async () => {
    await append(1);
    const { world: stopped, effects } = new Process(machine);
    machine.locks.set(`file ${PATHS.audit}`, effects);
    await expect(append(2)).rejects.toMatchObject({ code: "file_failed", message: expect.stringContaining("another command") as string });
    machine.locks.clear();
    await appendAudit(stopped, "rollback", { number: 3 });
    expect(await verify()).toMatchObject({ verdict: "pass", entries: 2 });
  });

  test("on a real disk: four commands at once, some with letters of several bytes", async () => {
    await using directory = await temporaryDirectory();
    const paths = { ...PATHS, audit: join(directory.path, "logs", "log.jsonl") };
    await hostFiles.makeDirectory(join(directory.path, "logs"));
    await Promise.all(Array.from({ length: 4 }, (_, number) => appendAudit({ ...world(), files: hostFiles, paths }, "rollback", { number, why: "ä€" })));
    const { entries, broken, torn } = await readAudit(hostFiles, paths.audit);
    expect([entries.length, broken, torn]).toEqual([4, null, null]);
  });
});
