import { appendFile, mkdir, readdir, readFile, rename, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { describe, expect, onTestFinished, test } from "vitest";
import { describeRequiring, requireSmallDisk, smallDisk, temporaryDirectory } from "@qsc-tooling/testkit";
import { openSource } from "../src/index.js";
import { openSink } from "../src/sink/index.js";
import { codedError, readAll } from "./support/collect.js";
import { entry, line } from "./support/entries.js";
import { newEntries, newEntry } from "./support/new-entries.js";
import { openedSink } from "./support/sink.js";

async function place(name = "journal.ndjson"): Promise<string> {
  const directory = await temporaryDirectory();
  onTestFinished(() => directory.remove());
  return join(directory.path, name);
}

async function idsIn(path: string): Promise<(string | null)[]> {
  await using source = await openSource(`file:${path}`);
  return (await readAll(source)).map(({ id }) => id);
}

describe("an event log to write", () => {
  test("is created if it does not exist, for its owner and group, with one line per entry", async () => {
    const path = await place();
    const sink = await openedSink(pathToFileURL(path).href);
    expect(sink.label).toBe(`file:${path}`);
    // Whatever the umask, others may not read or write it.
    expect((await stat(path)).mode & 0o727).toBe(0o600);
    await sink.append([newEntry("1-0", "a", "b\n", "payload", '{"x": NaN}'), newEntry("2-0", "7", "x", "1", "y")]);
    expect(await readFile(path, "utf8")).toBe(
      '{"id":"1-0","fields":{"a":"b\\n","payload":"{\\"x\\": NaN}"}}\n["2-0",["7","x","1","y"]]\n',
    );
  });

  test("is continued after its largest ID, wherever that is", async () => {
    const path = await place();
    await writeFile(path, `\ufeff${line(entry("9-0"))}\nno entry\n${line(entry("3-0"))}\n`);
    const sink = await openedSink(path);
    expect(sink.repaired).toBeNull();
    expect(await sink.lastId()).toBe("9-0");
    expect(await sink.append([newEntry("5-0"), newEntry("10-0")])).toEqual(["9-1", "10-0"]);
  });

  test.each([
    [
      "a missing directory",
      (path: string) => join(path, "no", "j.ndjson"),
      "source_missing",
      "does not exist; create it",
    ],
    [
      "a file in place of a directory",
      (path: string) => join(path, "file", "j.ndjson"),
      "source_missing",
      "does not exist; create it",
    ],
    ["a directory", (path: string) => `file:${path}`, "source_unreadable", "is a directory"],
    ["a device", () => "file:/dev/full", "source_unreadable", "not a regular file"],
    ["a gzip event log", (path: string) => join(path, "j.ndjson.gz"), "invalid_source", "compressed"],
    ["a gzip event log of another name", (path: string) => join(path, "packed.ndjson"), "invalid_source", "compressed"],
    ["an export", (path: string) => join(path, "export.json"), "invalid_source", "export of redis-cli"],
    ["an unknown extension", (path: string) => join(path, "journal.txt"), "invalid_source", "does not name a source"],
  ])("refuses %s", async (_, locate, code, words) => {
    const directory = await temporaryDirectory();
    onTestFinished(() => directory.remove());
    await writeFile(join(directory.path, "file"), "");
    await writeFile(join(directory.path, "packed.ndjson"), gzipSync("{}\n"));
    await writeFile(join(directory.path, "export.json"), '[["1-0", ["a", "b"]]]\n');
    const before = await readdir(directory.path);
    const error = await codedError(openSink(locate(directory.path)));
    expect(error.code).toBe(code);
    expect(error.message).toContain(words);
    expect(error.message).toMatch(/^.{20,400}\.$/s);
    expect(await readdir(directory.path)).toEqual(before);
  });
});

describe("a torn last line", () => {
  test.each([
    ["in an entry", '{"id": "3-0", "fields": {"a": "'],
    ["of zeros, left by a loss of power", "\0".repeat(5000)],
    ["of many blocks", `{"id": "3-0", "fields": {"a": "${"x".repeat(200_000)}`],
    ["too long for an entry", "x".repeat(9 * 1024 * 1024)],
  ])("%s is saved beside the event log and cut off", async (_, torn) => {
    const path = await place();
    const whole = `${line(entry("1-0"))}\n${line(entry("2-0"))}\n`;
    await writeFile(path, whole + torn);
    const sink = await openedSink(path);
    expect(sink.repaired).toMatchObject({ bytes: torn.length });
    expect(sink.repaired?.savedAs).toMatch(/journal\.ndjson\.torn-\d{13}$/);
    expect(await readFile(sink.repaired?.savedAs ?? "", "utf8")).toBe(torn);
    expect(await readFile(path, "utf8")).toBe(whole);
    await sink.append([newEntry("3-0")]);
    expect(await idsIn(path)).toEqual(["1-0", "2-0", "3-0"]);
  });

  test("is all there is", async () => {
    const path = await place();
    await writeFile(path, "{");
    expect((await openedSink(path)).repaired).toMatchObject({ bytes: 1 });
    expect((await stat(path)).size).toBe(0);
  });

  test("that lacks only its line end is an entry, for readers too", async () => {
    const path = await place();
    await writeFile(path, `${line(entry("1-0"))}\n${line(entry("2-0"))}`);
    const sink = await openedSink(path);
    expect(sink.repaired).toBeNull();
    expect(await sink.append([newEntry("2-0"), newEntry("3-0")])).toEqual(["2-0", "3-0"]);
    expect(await idsIn(path)).toEqual(["1-0", "2-0", "3-0"]);
  });

  test("from another process does not damage the next entry", async () => {
    const path = await place();
    const sink = await openedSink(path);
    await sink.append([newEntry("1-0")]);
    await appendFile(path, `${line(entry("7-0"))}\n{"id": "8-0", "fiel`);
    expect(await sink.append([newEntry("2-0"), newEntry("9-0")])).toEqual(["8-1", "9-0"]);
    expect(await idsIn(path)).toEqual(["1-0", "7-0", "8-0", "8-1", "9-0"]);
  });
});

describe("an event log that changes under its writer", () => {
  test("a renamed one is left, and a new one begun", async () => {
    const path = await place();
    const sink = await openedSink(path);
    await sink.append(newEntries(2));
    await rename(path, `${path}.1`);
    expect(await sink.append(newEntries(2, 3))).toEqual(["3-0", "4-0"]);
    expect(await idsIn(`${path}.1`)).toEqual(["1-0", "2-0"]);
    expect(await idsIn(path)).toEqual(["3-0", "4-0"]);
    expect(await sink.append([newEntry("2-5")])).toEqual(["4-1"]);
  });

  test("a deleted one is created again, as soon as its directory exists", async () => {
    const path = join(await place("directory"), "journal.ndjson");
    await mkdir(join(path, ".."));
    const sink = await openedSink(path);
    await sink.append(newEntries(2));
    await rm(path);
    await sink.append(newEntries(1, 3));
    expect(await idsIn(path)).toEqual(["3-0"]);
    await rm(join(path, ".."), { recursive: true });
    expect((await codedError(sink.append(newEntries(1, 4)))).code).toBe("source_missing");
    await mkdir(join(path, ".."));
    await sink.append(newEntries(1, 4));
    expect(await idsIn(path)).toEqual(["4-0"]);
  });

  test("one emptied by copytruncate is continued, and IDs still rise", async () => {
    const path = await place();
    const sink = await openedSink(path);
    await sink.append(newEntries(5));
    await truncate(path, 0);
    expect(await sink.append([newEntry("3-9"), newEntry("6-0")])).toEqual(["5-1", "6-0"]);
    expect(await idsIn(path)).toEqual(["5-1", "6-0"]);
  });
});

describeRequiring(await requireSmallDisk(), "a disk that is full", () => {
  test("takes an append whole or not at all, and the same entries once when there is space", async () => {
    await using directory = await smallDisk();
    const path = join(directory.path, "journal.ndjson");
    await writeFile(join(directory.path, "ballast"), "x".repeat(32_000));
    const sink = await openedSink(path);
    const small = newEntries(10);
    const large = Array.from({ length: 8 }, (_, n) => newEntry(`${20 + n}-0`, "payload", "x".repeat(5000)));
    await sink.append(small);
    const before = await readFile(path, "utf8");
    for (let times = 0; times < 3; times++) {
      const error = await codedError(sink.append(large));
      expect(error.code).toBe("sink_failed");
      expect(error.message).toContain("free some space");
      expect(await readFile(path, "utf8")).toBe(before);
    }
    await rm(join(directory.path, "ballast"));
    expect(await sink.append(large)).toEqual(large.map(({ id }) => id));
    expect(await idsIn(path)).toEqual([...small, ...large].map(({ id }) => id));
  });
});
