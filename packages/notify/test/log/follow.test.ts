import { copyFile, mkdir, readFile, rename, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { temporaryDirectory, type TemporaryDirectory } from "@qsc-tooling/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { BEGINNING, endOf, entryReader, readNext, type AuditLog } from "../../src/log/follow.js";
import { hostFiles } from "../../src/log/host-files.js";
import type { LogPosition } from "../../src/log/position.js";
import { append, Chain, DETAILS, lineOf } from "../support/audit.js";

let directory: TemporaryDirectory;
let log: AuditLog;
let chain: Chain;
beforeEach(async () => {
  directory = await temporaryDirectory();
  log = { files: hostFiles, path: join(directory.path, "logs", "log.jsonl"), readEntry: await entryReader() };
  chain = new Chain();
});
afterEach(() => directory.remove());

const activate = () => chain.next("activate", DETAILS.activate);
const rollback = () => chain.next("rollback", DETAILS.rollback);

/** Everything after a position: the events, and the faults. */
async function rest(from: LogPosition): Promise<{ readonly read: readonly string[]; readonly at: LogPosition }> {
  const read: string[] = [];
  let at = from;
  for (;;) {
    const item = await readNext(log, at);
    if (item === null) return { read, at };
    if (item.fault !== null) read.push(`fault: ${item.fault}`);
    if (item.entry !== null) read.push(item.entry.event);
    at = item.after;
  }
}

describe("a log on the disk", () => {
  test("begins when it is created", async () => {
    expect(await endOf(log)).toEqual(BEGINNING);
    expect(await rest(BEGINNING)).toMatchObject({ read: [] });
    await append(log.path, activate(), rollback());
    expect((await rest(BEGINNING)).read).toEqual(["activate", "rollback"]);
  });

  test("a line is read once it is whole, a last one without its line end, too", async () => {
    const line = lineOf(activate());
    await mkdir(dirname(log.path));
    await writeFile(log.path, line.slice(0, 100));
    expect((await rest(BEGINNING)).read).toEqual([]);
    await writeFile(log.path, line.trimEnd());
    const { read, at } = await rest(BEGINNING);
    expect(read).toEqual(["activate"]);
    await writeFile(log.path, `${line}${lineOf(rollback())}`);
    expect((await rest(at)).read).toEqual(["rollback"]);
  });

  test("the model of a canary is that of its activation, after a restart, too", async () => {
    await append(log.path, activate());
    expect((await endOf(log)).canary).toMatchObject({ model: "xgb" });
  });

  test("renamed: what is left in it comes before the new one", async () => {
    await append(log.path, activate());
    const { at } = await rest(BEGINNING);
    await append(log.path, rollback());
    await rename(log.path, `${log.path}.1`);
    await append(log.path, activate());
    expect((await rest(at)).read).toEqual(["rollback", "activate"]);
  });

  test("renamed: what has a similar name and is no log is passed over", async () => {
    await append(log.path, activate());
    const { at } = await rest(BEGINNING);
    await mkdir(`${log.path}.0-directory`);
    await symlink("/there/is/none", `${log.path}.0-link`);
    await writeFile(`${log.path}.0-huge`, "");
    await truncate(`${log.path}.0-huge`, 65 * 1024 * 1024);
    await append(log.path, rollback());
    await rename(log.path, `${log.path}.1`);
    await append(log.path, activate());
    expect((await rest(at)).read).toEqual(["rollback", "activate"]);
  });

  test("an entry with a number that JSON cannot have is told of, and does not hold up what follows", async () => {
    const [first, second] = [activate(), rollback()];
    await append(log.path, first);
    const text = await readFile(log.path, "utf8");
    await writeFile(log.path, `${text.replace(/"share":[^,}]+/, '"share":1e999')}${lineOf(second)}`);
    expect((await rest(BEGINNING)).read).toEqual(["fault: entry 1 was changed: its hash does not match", "rollback"]);
  });

  test("moved away, and another one begun, as qsc audit advises for a broken log: both are read, and it is said", async () => {
    await append(log.path, activate());
    const { at } = await rest(BEGINNING);
    await append(log.path, rollback());
    await rename(log.path, `${log.path}.old`);
    chain = new Chain();
    await append(log.path, activate());
    expect((await rest(at)).read).toEqual(["rollback", "fault: a new log begins after entry 2", "activate"]);
  });

  test("copied and truncated: what has come since is read, and it is said", async () => {
    await append(log.path, activate());
    const { at } = await rest(BEGINNING);
    await copyFile(log.path, `${log.path}.1`);
    await truncate(log.path, 0);
    expect((await rest(at)).read).toEqual([
      expect.stringMatching(/^fault: the log was replaced or cut short after entry 1/),
    ]);
    await append(log.path, rollback());
    // The copy has the entry before, so that the chain shows that nothing is missing.
    expect((await rest(at)).read).toEqual(["rollback"]);
  });

  test("restored from a copy: it goes on, and nothing is said, because nothing is missing", async () => {
    await append(log.path, activate());
    const { at } = await rest(BEGINNING);
    await append(log.path, rollback());
    await copyFile(log.path, `${log.path}.copy`);
    await rm(log.path);
    await copyFile(`${log.path}.copy`, log.path);
    expect((await rest(at)).read).toEqual(["rollback"]);
  });

  test("cut short: it is said, and what it has now is read again", async () => {
    await append(log.path, activate(), rollback());
    const { at } = await rest(BEGINNING);
    await truncate(log.path, 40);
    expect((await rest(at)).read).toEqual([expect.stringContaining("cut short after entry 2")]);
  });

  test("edited: the line that was changed is named, and is no event", async () => {
    await append(log.path, activate(), rollback(), activate());
    const text = await readFile(log.path, "utf8");
    await writeFile(log.path, text.replace("action_bias", "nothing_new"));
    expect((await rest(BEGINNING)).read).toEqual([
      "activate",
      "fault: entry 2 was changed: its hash does not match",
      "activate",
    ]);
  });

  test("a line taken out, or put in: it is said", async () => {
    const [first, second, third] = [activate(), rollback(), activate()];
    await append(log.path, first, third);
    expect((await rest(BEGINNING)).read).toEqual(["activate", "fault: entry 3 does not follow entry 1", "activate"]);
    await writeFile(log.path, `${lineOf(first)}{"hello":1}\n${lineOf(second)}`);
    expect((await rest(BEGINNING)).read).toEqual([
      "activate",
      "fault: a line before entry 2 is not an entry",
      "rollback",
    ]);
  });
});
