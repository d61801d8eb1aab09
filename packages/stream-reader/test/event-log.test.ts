import { appendFile, chmod, mkdir, rename, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { describe, expect, onTestFinished, test } from "vitest";
import { firstIdAt, lastIdAt } from "@qsc/contract";
import { decodeEntry, openSource, type EventSource, type OpenOptions, type SourceItem } from "../src/index.js";
import { temporaryDirectory } from "@qsc-tooling/testkit";
import { Resume } from "../src/event-log/read/resume.js";
import { isQuick } from "../src/fast-path/quick-entry.js";
import { codedError, collect, Following, readAll } from "./support/collect.js";
import { entries, entry, line, ndjson, v1 } from "./support/entries.js";

async function place(name: string, text: string | Buffer): Promise<string> {
  const directory = await temporaryDirectory();
  onTestFinished(() => directory.remove());
  const path = join(directory.path, name);
  await writeFile(path, text);
  return path;
}

async function journal(
  text: string | Buffer,
  options: OpenOptions = {},
): Promise<EventSource & { readonly path: string }> {
  const path = await place("journal.ndjson", text);
  const source = await openSource(path, options);
  onTestFinished(() => source.close());
  return Object.assign(source, { path });
}

const read = async (text: string | Buffer) => readAll(await journal(text));
const brief = async (text: string | Buffer): Promise<string[]> =>
  (await read(text)).map((item) => (item.kind === "entry" ? item.id : `${item.place} ${item.reason} ${item.id}`));

describe("lines", () => {
  test("blank ones, a byte order mark and carriage returns do not matter", async () => {
    expect(await brief(`\ufeff\n  \n${line(entry("1-0"))}\r\n\r\n\t\n${line(entry("2-0"))}\n`)).toEqual(["1-0", "2-0"]);
  });

  test.each([
    ["no entry", "line 1 unreadable_line null"],
    ['{"fields": {}}', "line 1 invalid_id null"],
    ['{"id": "1", "fields": {}}', "line 1 invalid_id null"],
    ['{"id": 5, "fields": {}}', "line 1 invalid_id null"],
    ['{"id": "5-0"}', "line 1 unreadable_line 5-0"],
    ['{"id": "5-0", "fields": {"a": 1}}', "line 1 unreadable_line 5-0"],
    ['{"id": "5-0", "fields": {"a": "1"', "line 1 unreadable_line 5-0"],
    ['{"id": "5-0", "fields": {"a": "1", "a": "2"}}', "line 1 duplicate_field 5-0"],
    ['{"id": "5-0", "fields": {"a": "1", "\\u0061": "2"}}', "line 1 duplicate_field 5-0"],
    ['{"id": "5-0", "fields": {"a": "1"}, "fields": {"a": "2"}}', "line 1 duplicate_field 5-0"],
    ['{"id": "5-0", "fields": {"__proto__": "1"}}', "line 1 forbidden_key 5-0"],
    ['["5-0", ["a"]]', "line 1 unreadable_line 5-0"],
    ['["5-0", ["a", null]]', "line 1 unreadable_line 5-0"],
    ['"5-0"', "line 1 unreadable_line null"],
  ])("%s", async (text, expected) => {
    expect(await brief(`${text}\n${line(entry("9-0"))}\n`)).toEqual([expected, "9-0"]);
  });

  test("a value that quotes a field's name is not a repetition", async () => {
    expect(await brief('{"id": "5-0", "fields": {"a": "\\"a\\"", "b": "a", "c": "b"}}\n')).toEqual(["5-0"]);
  });

  test("a line that is not UTF-8", async () => {
    const bad = Buffer.concat([
      Buffer.from('{"id": "5-0", "fields": {"a": "'),
      Buffer.from([0xff]),
      Buffer.from('"}}\n'),
    ]);
    expect(await brief(bad)).toEqual(["line 1 invalid_utf8 5-0"]);
  });

  test("a line that is too large: above the entry's cap, and above what is kept of a line", async () => {
    const huge = line(entry("7-0", "payload", "x".repeat(9 * 1024 * 1024)));
    const large = line(entry("8-0", "payload", "x".repeat(1024 * 1024)));
    const escaped = line(entry("9-0", "payload", "\u0001".repeat(1024 * 1024 - 7)));
    const items = await brief(`${huge}\n${large}\n${escaped}\n${line(entry("10-0"))}\n`);
    expect(items).toEqual(["line 1 too_large 7-0", "line 2 too_large 8-0", "9-0", "10-0"]);
  });

  test("a last line without its line end counts if it is an entry; otherwise it is not there yet", async () => {
    expect(await brief(`${line(entry("1-0"))}\n${line(entry("2-0"))}`)).toEqual(["1-0", "2-0"]);
    const source = await journal(`${line(entry("1-0"))}\n{"id": "2-0", "fiel`);
    expect(await readAll(source)).toHaveLength(1);
    expect(source.gaps()).toEqual([]);
  });

  test("a field named __proto__ is refused in every form, as in an entry from Redis", async () => {
    const [name, value] = ["event_type", "trade.intent"];
    for (const text of [
      `["5-0", ["${name}", "${value}", "__proto__", "x"]]\n`,
      `{"id": "5-0", "fields": {"${name}": "${value}", "__proto__": "x"}}\n`,
      `[["5-0", ["${name}", "${value}", "\\u005f_proto__", "x"]]]\n`,
    ]) {
      const decoded = (await read(text)).map((item) => (item.kind === "entry" ? decodeEntry(item) : item));
      expect(decoded).toMatchObject([{ kind: "rejected", reason: "forbidden_key", id: "5-0" }]);
    }
  });

  test("an entry on a line as redis-cli writes it", async () => {
    expect(await brief('["1-0", ["a", "b"]]\n["2-0", ["a", "b", "a", "c"]]\n')).toEqual(["1-0", "2-0"]);
  });

  test("once a few lines were read, most others are read by their likeness", async () => {
    const payload = { symbol: "BTCUSDC", model_breakdown: { xgboost: { action: "BUY", confidence: 0.7 } } };
    const source = await journal(ndjson(Array.from({ length: 500 }, (_, index) => v1(payload, `${index + 1}-0`))));
    let unknown = 0;
    for await (const page of source.pages({ from: firstIdAt(0), to: firstIdAt(9999) })) {
      for (const item of page) {
        if (!isQuick(item) || item.quick() === null) unknown += 1;
        if (item.kind === "entry") decodeEntry(item);
      }
    }
    expect(unknown).toBeLessThan(100);
  });

  test("a place without an ID belongs to a range unless the entries next to it are in order and outside", async () => {
    const source = await journal(
      `nonsense\n${ndjson(entries(3))}nonsense\n{"id": "9-0", "fields": 1}\n${ndjson(entries(1, 12))}{\n${ndjson(entries(1, 10))}x\n`,
    );
    const places = async (from: number, to: number) =>
      (await collect(source.pages({ from: firstIdAt(from), to: lastIdAt(to) })))
        .flat()
        .map(({ place: where }) => where);
    expect(await places(0, 99)).toEqual(Array.from({ length: 10 }, (_, at) => `line ${at + 1}`));
    // Line 1 is before line 2, line 5 between lines 4 and 6. The neighbours of line 8 are out of order; nothing follows
    // line 10.
    expect(await places(2, 2)).toEqual(["line 3", "line 8"]);
    expect(await places(1, 2)).toEqual(["line 1", "line 2", "line 3", "line 8"]);
    expect(await places(4, 8)).toEqual(["line 5", "line 8"]);
    expect(await places(11, 12)).toEqual(["line 7", "line 8", "line 10"]);
    expect(await places(13, 14)).toEqual(["line 8", "line 10"]);
  });
});

describe("an export of redis-cli", () => {
  const pairs = [
    ["1-0", ["a", 'x"]],[[ \\ é']],
    ["2-0", []],
    ["3-0", ["b", "{"]],
  ];

  test("on one line, pretty, in several arrays, and empty", async () => {
    expect(await brief(JSON.stringify(pairs))).toEqual(["1-0", "2-0", "3-0"]);
    expect(await brief(`\ufeff${JSON.stringify(pairs, null, 4)}\n`)).toEqual(["1-0", "2-0", "3-0"]);
    expect(await brief(`${JSON.stringify(pairs)}\n[["4-0", ["a", "b"]]]\n[]\n`)).toEqual(["1-0", "2-0", "3-0", "4-0"]);
    expect(await brief("[]\n")).toEqual([]);
    expect(await brief("[]\n[]\n")).toEqual([]);
  });

  test("as an array of objects, the way a program writes a list of entries", async () => {
    const objects = entries(3).map((line) => JSON.parse(ndjson([line])) as unknown);
    for (const text of [
      JSON.stringify(objects),
      `${JSON.stringify(objects)}\n`,
      `\ufeff${JSON.stringify(objects, null, 2)}`,
    ])
      expect(await brief(text)).toEqual(["1-0", "2-0", "3-0"]);
    expect(await brief('[{"symbol": "BTC"}, {"id": "2-0", "fields": {}}]')).toEqual([
      "element 1 invalid_id null",
      "2-0",
    ]);
  });

  test.each(['{"entries": []}', '{"id": "x-0", "fields": {}}', '["1-0"]', '{"a": 1, "a": 2}'])(
    "%s alone is a complete line, and rejected",
    async (text) => {
      for (const end of ["", " ", "\n"])
        expect(await brief(text + end)).toEqual([
          expect.stringMatching(/^line 1 (?:invalid_id|unreadable_line|duplicate_key) (?:null|1-0)$/),
        ]);
    },
  );

  test.each(['{"entries": [', '{"id": "2-0", "fields": {', "12", '"text', "nonsense"])(
    "%s at the end of a log is still being written",
    async (text) => {
      expect(await brief(ndjson(entries(1)) + text)).toEqual(["1-0"]);
    },
  );

  test("only the damaged element is rejected", async () => {
    expect(await brief('[["1-0",["a","b"]],["x",[]],,{"id":1},7,["2-0",["a"]],["3-0",["a","b"]]]')).toEqual([
      "1-0",
      "element 2 invalid_id null",
      "element 3 unreadable_line null",
      "element 4 invalid_id null",
      "element 5 unreadable_line null",
      "element 6 unreadable_line 2-0",
      "3-0",
    ]);
    expect(await brief('[["1-0",["a","b"]],]')).toEqual(["1-0", "element 2 unreadable_line null"]);
    expect(await brief('[["1-0",["a","b"]]]\n(error) ERR\n')).toEqual(["1-0", "element 2 unreadable_line null"]);
  });

  test("cut off, it has a gap", async () => {
    const source = await journal('[["1-0",["a","b"]],["2-0",["a"');
    expect((await readAll(source)).map(({ kind }) => kind)).toEqual(["entry", "rejected"]);
    expect(source.gaps().map(({ kind }) => kind)).toEqual(["truncated"]);
  });

  test("an element that is too large is never kept in memory", async () => {
    const huge = JSON.stringify([
      ["1-0", ["a", "x".repeat(9_000_000)]],
      ["2-0", ["a", "b"]],
    ]);
    expect(await brief(huge)).toEqual(["element 1 too_large 1-0", "2-0"]);
  });
});

describe("gzip", () => {
  const packed = gzipSync(ndjson(entries(2000)));

  test("is recognised by its first bytes, with several members, under any name", async () => {
    expect(await brief(Buffer.concat([packed, gzipSync(ndjson(entries(1, 9000)))]))).toHaveLength(2001);
    const plain = await openSource(await place("plain.ndjson.gz", ndjson(entries(2))));
    expect(await readAll(plain)).toHaveLength(2);
  });

  test("is unreadable and says so if it is cut off, damaged, or followed by something else", async () => {
    const damaged = Buffer.from(packed);
    damaged.fill(0x55, 500, 520);
    for (const bytes of [
      packed.subarray(0, -20),
      packed.subarray(0, 5),
      damaged,
      Buffer.concat([packed, Buffer.from("tail")]),
    ]) {
      expect((await codedError(read(bytes))).code).toBe("source_unreadable");
    }
  });

  test("an unfinished last line in it is a rejection", async () => {
    expect(await brief(gzipSync(`${line(entry("1-0"))}\n{"id": "2-0"`))).toEqual(["1-0", "line 2 unreadable_line 2-0"]);
  });

  test("cannot be followed, nor can an export", async () => {
    for (const bytes of [packed, '[["1-0",[]]]']) {
      const following = new Following(await journal(bytes));
      expect((await codedError(following.until(() => false))).code).toBe("usage");
    }
  });
});

describe("following", () => {
  test("waits for a half-written line, and counts it once", async () => {
    const source = await journal(ndjson(entries(1)), { follow: true });
    expect(source.live).toBe(true);
    const following = new Following(source);
    await following.until(() => following.items.length === 1);
    const text = Buffer.from(`${line(entry("2-0", "a", "é"))}\n`);
    for (const byte of text) await appendFile(source.path, Buffer.from([byte]));
    await following.until(() => following.items.length === 2);
    await appendFile(source.path, `nonsense\n${line(entry("3-0"))}\n`);
    await following.until(() => following.items.length === 4);
    await following.stop();
    expect(following.ids).toEqual(["1-0", "2-0", null, "3-0"]);
    expect(following.items[1]).toMatchObject({ fields: ["a", "é"], place: "line 2" });
  });

  test("continues after truncation, which is a gap", async () => {
    const source = await journal(ndjson(entries(100)));
    const following = new Following(source);
    await following.until(() => following.items.length === 100);
    await truncate(source.path, 0);
    await following.until(() => source.gaps().length === 1);
    await appendFile(source.path, ndjson(entries(2, 200)));
    await following.until(() => following.items.length === 102);
    await following.stop();
    expect(source.gaps()).toMatchObject([{ kind: "truncated" }]);
    expect(following.ids.slice(-2)).toEqual(["200-0", "201-0"]);
  });

  test("notices a file that was rewritten and is longer", async () => {
    const source = await journal(ndjson(entries(3)));
    const following = new Following(source);
    await following.until(() => following.items.length === 3);
    await writeFile(source.path, ndjson(entries(50, 500)));
    await following.until(() => following.ids.includes("549-0"));
    await following.stop();
    expect(source.gaps()).toMatchObject([{ kind: "truncated" }]);
    expect(following.ids.slice(3)).toEqual(entries(50, 500).map(({ id }) => id));
  });

  test("continues with the file that replaced it, after the rest of the old one", async () => {
    const source = await journal(ndjson(entries(3)));
    const following = new Following(source);
    await following.until(() => following.items.length === 3);
    await rename(source.path, `${source.path}.1`);
    await appendFile(`${source.path}.1`, ndjson(entries(1, 4)));
    await following.until(() => following.outages.length === 1);
    await writeFile(`${source.path}.next`, ndjson(entries(2, 5)));
    await rename(`${source.path}.next`, source.path);
    await following.until(() => following.items.length === 6);
    await following.stop();
    expect(following.ids).toEqual(entries(6).map(({ id }) => id));
    expect(following.outages).toEqual(["source_missing", null]);
    // Renamed but still there: nothing is lost.
    expect(source.gaps()).toEqual([]);
  });

  test("an ID that goes backwards is not lost", async () => {
    const source = await journal(ndjson(entries(5)));
    const following = new Following(source, firstIdAt(4));
    await following.until(() => following.items.length === 1);
    await appendFile(source.path, `${line(entry("2-9"))}\nnonsense\n${line(entry("6-0"))}\n`);
    await following.until(() => following.items.length === 4);
    await following.stop();
    expect(following.ids).toEqual(["5-0", "2-9", null, "6-0"]);
  });
});

describe("finding what was written after an entry", () => {
  const junk: SourceItem = { kind: "rejected", id: null, place: "line 1", reason: "unreadable_line", detail: "" };
  const take = (resume: Resume, ...items: readonly (readonly [SourceItem, number])[]) =>
    items.flatMap(([item, start]) => resume.take(item, start)).map(({ id }) => id);

  test("places without an ID are new unless an old entry follows them", () => {
    const resume = new Resume(firstIdAt(2), 400);
    expect(take(resume, [junk, 0], [entry("1-0"), 100], [entry("2-0"), 200], [junk, 300])).toEqual([]);
    expect(resume.release()).toEqual([junk]);
    expect(take(resume, [entry("1-5"), 400], [junk, 500])).toEqual(["1-5", null]);
  });

  test("an entry that was never there counts as a time: older entries are not new", () => {
    const resume = new Resume(firstIdAt(9), 100);
    expect(take(resume, [entry("1-0"), 0], [entry("8-0"), 200], [junk, 300], [entry("10-0"), 400])).toEqual([
      null,
      "10-0",
    ]);
  });
});

describe("opening", () => {
  test("a URL in any form, and a path", async () => {
    const path = await place("an event log %.ndjson", ndjson(entries(1)));
    for (const url of [
      path,
      `file:${path.replaceAll("%", "%25")}`,
      pathToFileURL(path).href,
      `file:${encodeURI(path)}`,
    ]) {
      await using source = await openSource(url);
      expect(await readAll(source)).toHaveLength(1);
      expect(source).toMatchObject({ ordering: "as-written", live: false, stream: null });
    }
  });

  test.each([
    ["ftp://host/x", "invalid_source"],
    ["", "invalid_source"],
    ["journal", "invalid_source"],
    ["file:", "invalid_source"],
    ["file:%zz", "invalid_source"],
    ["file:/no/such.ndjson", "source_missing"],
    ["/no/such.gz", "source_missing"],
    ["file:/tmp", "source_unreadable"],
    ["file:/dev/null", "source_unreadable"],
    ["redis://", "invalid_source"],
    ["redis://a:0", "invalid_source"],
    ["redis://a,b", "invalid_source"],
    ["redis://h/x", "invalid_source"],
    ["redis://h?insecure=1", "invalid_source"],
    ["redis://h?ca=/x", "invalid_source"],
    ["redis+sentinel://h", "invalid_source"],
    ["redis+cluster://h/1", "invalid_source"],
    ["redis://user:s3cret@h:x", "invalid_source"],
    ["redis://user:s3cret", "invalid_source"],
    ["redis://:s3cret/0", "invalid_source"],
    ["redis://u:s3cret@%zz@h:1/q", "invalid_source"],
    ["rediss+x://u:s3cret@h", "invalid_source"],
  ])("%s: %s", async (url, code) => {
    const error = await codedError(openSource(url));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/\.$/);
    expect(error.message).not.toContain("s3cret");
  });

  test("a time limit must be a number of milliseconds", async () => {
    expect((await codedError(openSource("redis://h", { timeoutMs: 0 }))).code).toBe("usage");
  });

  test("a file without permission", async () => {
    const path = await place("j.ndjson", "");
    await chmod(path, 0);
    const isRoot = process.geteuid?.() === 0;
    // Root may read anything, so for this one call the process is the Unix user `nobody`.
    if (isRoot) process.seteuid?.(65_534);
    try {
      expect((await codedError(openSource(path))).code).toBe("source_permission");
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });

  test("a file that goes away later is missing", async () => {
    const source = await journal(ndjson(entries(1)));
    await rename(source.path, `${source.path}.old`);
    expect((await codedError(readAll(source))).code).toBe("source_missing");
    await mkdir(source.path);
    expect((await codedError(source.state())).code).toBe("source_unreadable");
  });

  test("a file truncated while it is read has a gap", async () => {
    const source = await journal(ndjson(entries(20_000)));
    let found = 0;
    for await (const page of source.pages({ from: firstIdAt(0), to: firstIdAt(99_999) })) {
      if (found === 0) await truncate(source.path, 300_000);
      found += page.length;
    }
    expect(found).toBeLessThan(20_000);
    expect(source.gaps()).toMatchObject([{ kind: "truncated" }]);
  });
});
