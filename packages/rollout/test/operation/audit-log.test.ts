import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { QscError } from "@qsc/contract";
import { temporaryDirectory } from "@qsc-tooling/testkit";
import { beforeEach, describe, expect, test } from "vitest";
import { verifyAudit } from "../../src/audit.js";
import { history } from "../../src/history.js";
import { status } from "../../src/status.js";
import { appendAudit, readAudit } from "../../src/operation/audit-log.js";
import { hostFiles } from "../../src/host/host-files.js";
import { readState, writeState } from "../../src/canary/state.js";
import { Machine } from "../canary/model/machine.js";
import { PATHS, Process, UNIT, type Plant } from "../canary/model/process.js";

let machine = new Machine();

beforeEach(() => {
  machine = new Machine();
});

const context = () => new Process(machine).context;
const append = async (number: number) => {
  await appendAudit(context(), "rollback", { number });
  await tell();
};
/** Lets the state mention the newest whole entry, as the command that appended it does. */
async function tell(): Promise<void> {
  const { entries } = await readAudit(context().files, PATHS.audit);
  const { number, hash } = entries.at(-1) ?? { number: 0, hash: "" };
  const state = {
    version: 1,
    unit: UNIT,
    operation: "one",
    updatedAt: "2026-01-05T09:00:00.000Z",
    audit: number === 0 ? null : { number, hash },
    phase: "baseline",
    canary: null,
    watch: null,
  };
  machine.disk.create(PATHS.state);
  machine.disk.put(PATHS.state, JSON.stringify(state));
}
/** Cuts off what an append was writing when it was interrupted: no state mentions its entry. */
async function tear(change: (text: string) => string): Promise<void> {
  rewrite(change);
  await tell();
}
/** The line that the next append would write. */
async function nextEntry(): Promise<string> {
  const before = text();
  await appendAudit(context(), "rollback", { reason: "r" });
  const next = text().slice(before.length, -1);
  rewrite(() => before);
  return next;
}
const text = () => machine.disk.read(PATHS.audit) ?? "";
const verify = () => verifyAudit(context());
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

  test("that was not touched is whole", async () => {
    expect(await verify()).toMatchObject({ verdict: "pass", exitCode: 0, entries: 4, brokenLine: null, warnings: [] });
  });

  test.each<[string, (lines: string[]) => readonly string[], number]>([
    [
      "an edited line",
      (lines) => lines.map((line, index) => (index === 1 ? line.replace('"number":2}', '"number":9}') : line)),
      2,
    ],
    [
      "an edited line with a recomputed hash",
      (lines) =>
        lines.map((line, index) =>
          index === 1 ? line.replace(/"previous":"[0-9a-f]{8}/, '"previous":"00000000') : line,
        ),
      2,
    ],
    ["a deleted line", (lines) => lines.toSpliced(1, 1), 2],
    ["a deleted first line", (lines) => lines.slice(1), 1],
    ["two lines in the other order", ([a = "", b = "", c = "", d = ""]) => [a, c, b, d], 2],
    ["a repeated line", ([a = "", b = "", c = "", d = ""]) => [a, b, b, c, d], 3],
    ["an inserted line", (lines) => lines.toSpliced(2, 0, "something else"), 3],
    ["an inserted blank line", (lines) => lines.toSpliced(2, 0, ""), 3],
    ["a line after the last", (lines) => [...lines, "something else"], 5],
    ["a line before the first", (lines) => ["something else", ...lines], 1],
  ])("with %s is broken at that line", async (_, change, line) => {
    rewriteLines(change);
    const document = await verify();
    expect([document.verdict, document.exitCode, document.brokenLine]).toEqual(["fail", 2, line]);
    await expect(append(5)).rejects.toMatchObject({ code: "audit_broken" });
  });

  test("whose last line is torn is whole, and says so; the next entry names the torn line", async () => {
    await tear((whole) => whole.slice(0, -40));
    expect(await verify()).toMatchObject({
      verdict: "pass",
      entries: 3,
      warnings: [expect.stringContaining("is incomplete, as after a crash")],
    });
    await append(5);
    expect(await verify()).toMatchObject({ verdict: "pass", entries: 4, warnings: [] });
    rewriteLines((lines) => lines.map((line, index) => (index === 3 ? line.slice(0, -1) : line)));
    expect(await verify()).toMatchObject({ verdict: "fail", brokenLine: 4 });
  });

  test("is broken if a torn line is removed after an entry has named it", async () => {
    await tear((whole) => whole.slice(0, -40));
    await append(5);
    rewriteLines((lines) => lines.toSpliced(3, 1));
    expect(await verify()).toMatchObject({ verdict: "fail", brokenLine: 4 });
  });

  test("without its last line end continues on the next line", async () => {
    await tear((whole) => whole.slice(0, -1));
    expect(await verify()).toMatchObject({ verdict: "pass", entries: 4 });
    await append(5);
    expect(await verify()).toMatchObject({ verdict: "pass", entries: 5, warnings: [] });
  });

  test.each<[string, string | ((next: string) => string)]>([
    ["any text", "something else"],
    ["60 MB of a letter", "x".repeat(60_000_000)],
    [
      "an entry's first letters, and more than a line may have",
      (next) => `${next.slice(0, 300)}${"x".repeat(2_000_000)}`,
    ],
    ["an entry's first letters, and other text", (next) => `${next.slice(0, 35)}, and so on`],
    ["another number", (next) => next.replace('"number":5', '"number":7')],
    ["another event", (next) => next.replace('"rollback"', '"rolled"')],
    ["another member", (next) => next.replace('"host"', '"hast"')],
    ["another order of members", (next) => next.replace('"user"', '"usr"').replace('"host"', '"user"')],
    ["a time that is none", (next) => next.replace(/"at":"[^"]*"/, '"at":"soon"')],
    ["another entry before it", (next) => next.replace(/"previous":"./, '"previous":"-')],
    ["a value of another kind", (next) => next.replace(/"unit":"[^"]*"/, '"unit":7')],
  ])("whose last line is %s is broken there", async (_, end) => {
    const next = await nextEntry();
    const torn = next.slice(0, -40);
    const last = typeof end === "string" ? end : end(torn);
    expect(last).not.toBe(torn);
    rewrite((whole) => whole + last);
    const document = await verify();
    expect([document.verdict, document.exitCode, document.brokenLine]).toEqual(["fail", 2, 5]);
    expect(await history(context())).toMatchObject({ exitCode: 2 });
    await expect(append(5)).rejects.toMatchObject({ code: "audit_broken" });
  });

  test("whose last line is torn, and followed by empty blocks of the file system, is whole", async () => {
    const next = await nextEntry();
    for (const length of [0, 1, 40, next.length - 1]) {
      const whole = text();
      rewrite((before) => `${before}${next.slice(0, length)}${"\0".repeat(4096)}`);
      expect(await verify()).toMatchObject({ verdict: "pass", entries: 4 });
      rewrite(() => whole);
    }
  });

  test("torn within any character of a long entry is whole", async () => {
    const long = {
      reason: 'a "quoted" \\ path, \u0007 and ä €',
      before: { a: 0.30000000000000004, b: 1e-7, c: [true, false, null, -1.5e25] },
      empty: {},
    };
    const whole = text();
    await appendAudit(context(), "rollback_failed", long);
    const next = text().slice(whole.length, -1);
    const bytes = Buffer.from(next);
    for (let length = 1; length < bytes.length; length += 1) {
      await tear(() => whole + bytes.subarray(0, length).toString("utf8"));
      expect(await verify(), `after ${length} bytes`).toMatchObject({ verdict: "pass", entries: 4 });
    }
  });

  test("keeps its lines short, however long a reason is", async () => {
    await appendAudit(context(), "rollback", { reason: "x".repeat(100_000) });
    await tell();
    expect(text().split("\n").at(-2)?.length).toBeLessThan(20_000);
    expect(await verify()).toMatchObject({ verdict: "pass", entries: 5 });
    const models = Object.fromEntries(Array.from({ length: 100_000 }, (_, number) => [`model-${number}`, 1]));
    await expect(appendAudit(context(), "rollback", { models })).rejects.toMatchObject({ code: "file_failed" });
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

test("a missing log proves nothing", async () => {
  expect(await verify()).toMatchObject({
    verdict: "fail",
    exitCode: 2,
    entries: 0,
    reasons: [expect.stringContaining("no audit log")],
  });
});

test("an entry is synced before it counts, and so is the name of a new log", async () => {
  await append(1);
  machine.disk.losePower({ names: "lost", contents: "lost" });
  await tell();
  expect(await verify()).toMatchObject({ verdict: "pass", entries: 1 });
});

describe("what state and reports say about the log", () => {
  beforeEach(async () => {
    for (const number of [1, 2, 3, 4]) await append(number);
  });

  /** The log as if these events had happened, with new hashes. */
  async function forge(details: readonly number[]): Promise<void> {
    const forger = new Machine();
    const { context: elsewhere } = new Process(forger);
    for (const number of details) await appendAudit(elsewhere, "rollback", { number });
    machine.disk.put(PATHS.audit, forger.disk.read(PATHS.audit) ?? "");
  }

  test.each<[string, () => Promise<void> | void, string]>([
    [
      "was deleted",
      () => {
        machine.disk.remove(PATHS.audit);
      },
      "its end was cut off, or it was deleted",
    ],
    [
      "was emptied",
      () => {
        rewrite(() => "");
      },
      "its end was cut off, or it was deleted",
    ],
    [
      "lost its last line",
      () => {
        rewriteLines((lines) => lines.slice(0, -1));
      },
      "it has 3 of at least 4 entries",
    ],
    [
      "lost all but one",
      () => {
        rewriteLines((lines) => lines.slice(0, 1));
      },
      "it has 1 of at least 4 entries",
    ],
    [
      "was rewritten with a forged line and a matching chain",
      () => forge([1, 2, 99, 4]),
      "entry 4 is not the one that was written",
    ],
    ["was rewritten, and is longer", () => forge([1, 2, 3, 99, 5, 6]), "entry 4 is not the one that was written"],
  ])("a log that %s does not count as whole, and takes no entry", async (_name, change, why) => {
    await change();
    const document = await verify();
    expect([document.verdict, document.exitCode]).toEqual(["fail", 2]);
    expect(document.reasons.join(" ")).toContain(why);
    const late = context();
    await readState(late);
    await expect(appendAudit(late, "rollback", {})).rejects.toMatchObject({
      code: "audit_broken",
      message: expect.stringContaining(why) as string,
    });
  });

  test("entries after the one that the state mentions are not a contradiction, but are named", async () => {
    await appendAudit(context(), "rollback", { number: 5 });
    expect(await verify()).toMatchObject({
      verdict: "pass",
      entries: 5,
      warnings: [expect.stringContaining("the last 1 of 5 entries")],
    });
  });

  test.each([
    [
      "no state",
      () => {
        machine.disk.remove(PATHS.state);
      },
    ],
    [
      "a state of an earlier version",
      () => {
        const earlier = JSON.parse(machine.disk.read(PATHS.state) ?? "") as Record<string, unknown>;
        delete earlier["audit"];
        machine.disk.put(PATHS.state, JSON.stringify(earlier));
      },
    ],
  ])("with %s and no report, nothing confirms that the log is complete", async (_name, change) => {
    change();
    expect(await verify()).toMatchObject({
      verdict: "fail",
      exitCode: 2,
      reasons: [expect.stringContaining("nothing outside it confirms that it is complete")],
    });
  });

  test.each([
    ["verifyAudit", verifyAudit],
    ["history", history],
  ] as const)("%s: a report that nothing can read may be the one that shows a cut, and is named", async (_, look) => {
    await using directory = await temporaryDirectory();
    const reports = join(directory.path, "reports", "safety");
    await mkdir(reports, { recursive: true });
    const path = join(reports, "rollback_20260105_090000.json");
    await writeFile(path, "{}");
    const looking = context();
    const read = (asked: string): Promise<string | null> =>
      asked === path
        ? Promise.reject(new QscError("file_failed", `${asked} cannot be read: EACCES.`))
        : looking.files.read(asked);
    const files = Object.assign(Object.create(looking.files) as typeof looking.files, { read });
    const { codes, reasons, exitCode } = await look({ ...looking, workdir: directory.path, files });
    expect([codes, reasons, exitCode]).toEqual([["file_failed"], [`${path} cannot be read: EACCES.`], 2]);
  });

  test("an unreadable state proves nothing", async () => {
    machine.disk.put(PATHS.state, "{");
    expect(await verify()).toMatchObject({ verdict: "fail", exitCode: 2 });
  });

  test("a state keeps the anchor of the state before it", async () => {
    const later = context();
    await readState(later);
    await writeState(later, { phase: "baseline", canary: null, watch: null });
    expect(JSON.parse(machine.disk.read(PATHS.state) ?? "")).toMatchObject({ audit: { number: 4 } });
  });

  test("an empty log proves nothing", async () => {
    machine.disk.put(PATHS.audit, "");
    machine.disk.remove(PATHS.state);
    expect(await verify()).toMatchObject({
      verdict: "fail",
      exitCode: 2,
      entries: 0,
      reasons: [expect.stringContaining("has no entries")],
    });
  });
});

describe("a command that looks while another one acts", () => {
  test.each([
    ["verifyAudit", verifyAudit],
    ["history", history],
    ["status", status],
  ] as const)("%s takes nothing that is written meanwhile for a log that was cut", async (_, look) => {
    for (const number of [1, 2]) await append(number);
    const looking = context();
    const { files } = looking;
    let acted = false;
    const read = async (path: string): Promise<string | null> => {
      const found = await files.read(path);
      if (path === PATHS.audit && !acted) {
        acted = true;
        await append(3);
      }
      return found;
    };
    const meanwhile = Object.assign(Object.create(files) as typeof files, { read });
    const { codes = [] } = await look({ ...looking, files: meanwhile });
    expect(acted).toBe(true);
    expect(codes).not.toContain("audit_differs");
  });
});

describe("two commands that write at once", () => {
  test("leave a whole chain if one stood still between reading the log and writing its entry", async () => {
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
    await appendAudit(new Process(machine, { plant }).context, "rollback", { number: 3 });
    expect(await verify()).toMatchObject({ verdict: "pass", entries: 3 });
  });

  test("leave a whole chain if one is stopped halfway through its entry: the other writes none, and says so", async () => {
    await append(1);
    const { context: stopped, effects } = new Process(machine);
    machine.locks.set(`file ${PATHS.audit}`, effects);
    await expect(append(2)).rejects.toMatchObject({
      code: "file_failed",
      message: expect.stringContaining("another command") as string,
    });
    machine.locks.clear();
    await appendAudit(stopped, "rollback", { number: 3 });
    expect(await verify()).toMatchObject({ verdict: "pass", entries: 2 });
  });

  test("leave a whole chain on a real disk: four at once, some with multi-byte letters", async () => {
    await using directory = await temporaryDirectory();
    const paths = { ...PATHS, audit: join(directory.path, "logs", "log.jsonl") };
    await hostFiles.makeDirectory(join(directory.path, "logs"));
    await Promise.all(
      Array.from({ length: 4 }, (_, number) =>
        appendAudit({ ...context(), files: hostFiles, paths }, "rollback", { number, why: "ä€" }),
      ),
    );
    const { entries, broken, torn } = await readAudit(hostFiles, paths.audit);
    expect([entries.length, broken, torn]).toEqual([4, null, null]);
  });
});
