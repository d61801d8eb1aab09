import { appendFile, open, readFile, rename, rm, writeFile, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { temporaryDirectory } from "@qsc-tooling/testkit";
import { openSource } from "../src/index.js";
import { EventLogStore } from "../src/event-log/write/event-log-store.js";
import { StoreSink } from "../src/sink/store-sink.js";
import { codedError, readAll } from "./support/collect.js";
import { entry, line } from "./support/entries.js";
import { newEntries } from "./support/new-entries.js";

/** What the disk does on the next write or truncation. Each fault happens once. */
interface Faults {
  /** The write takes this many bytes, and then... */
  takes?: number;
  /** ...fails with this error; absent for a short write. */
  writeFails?: string;
  truncateFails?: string;
  beforeWrite?: () => Promise<void>;
}

async function faulty() {
  const directory = await temporaryDirectory();
  const path = join(directory.path, "journal.ndjson");
  const faults: Faults = {};
  const store = new EventLogStore(path, `file:${path}`, async (...args) => withFaults(await open(...args), faults));
  const sink = new StoreSink(store);
  onTestFinished(async () => {
    await sink.close();
    await directory.remove();
  });
  const ids = async (): Promise<(string | null)[]> => {
    await using source = await openSource(path);
    return (await readAll(source)).map(({ id }) => id);
  };
  return { path, sink, faults, ids };
}

function withFaults(handle: FileHandle, faults: Faults): FileHandle {
  const take = <Name extends keyof Faults>(name: Name): Faults[Name] => {
    const value = faults[name];
    Reflect.deleteProperty(faults, name);
    return value;
  };
  const write = async (bytes: Buffer): Promise<{ bytesWritten: number }> => {
    await take("beforeWrite")?.();
    const taken = take("takes");
    const said = take("writeFails");
    const { bytesWritten } = await handle.write(taken === undefined ? bytes : bytes.subarray(0, taken));
    if (said !== undefined) throw Object.assign(new Error(said), { code: said });
    return { bytesWritten };
  };
  const cut = async (length: number): Promise<void> => {
    const said = take("truncateFails");
    if (said !== undefined) throw Object.assign(new Error(said), { code: said });
    await handle.truncate(length);
  };
  return new Proxy(handle, {
    get(target, name) {
      if (name === "write") return write;
      if (name === "truncate") return cut;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

const first = newEntries(2);
const next = newEntries(4, 10);
const both = [...first, ...next].map(({ id }) => id);

test.each([
  ["a short write in a line", { takes: 40 }],
  ["a short write after a line", { takes: line(entry("10-0")).length - 1 }],
  ["nothing written", { takes: 0 }],
  ["a disk error", { writeFails: "EIO", takes: 0 }],
  ["a quota", { writeFails: "EDQUOT", takes: 0 }],
])("%s leaves the event log as it was, and the repeated append writes it once", async (_, fault) => {
  const { path, sink, faults, ids } = await faulty();
  await sink.append(first);
  const before = await readFile(path, "utf8");
  Object.assign(faults, fault);
  expect((await codedError(sink.append(next))).code).toBe("sink_failed");
  expect(await readFile(path, "utf8")).toBe(before);
  expect(await sink.append(next)).toEqual(next.map(({ id }) => id));
  expect(await ids()).toEqual(both);
});

test.each([10, 40, 90, 120])(
  "what cannot be cut off at once is cut off before the next append (%i bytes)",
  async (takes) => {
    const { path, sink, faults, ids } = await faulty();
    await sink.append(first);
    const good = (await readFile(path)).length;
    Object.assign(faults, { takes, truncateFails: "EIO" });
    expect((await codedError(sink.append(next))).code).toBe("sink_failed");
    expect((await readFile(path)).length).toBe(good + takes);
    Object.assign(faults, { truncateFails: "EIO" });
    expect((await codedError(sink.append(next))).code).toBe("sink_failed");
    await sink.append(next);
    expect(await ids()).toEqual(both);
  },
);

test.each([10, 40, 90])(
  "what cannot be cut off because others wrote after it damages no entry (%i bytes)",
  async (takes) => {
    const { path, sink, faults } = await faulty();
    await sink.append(first);
    Object.assign(faults, { takes, truncateFails: "EIO" });
    await codedError(sink.append(next));
    await appendFile(path, `\n${line(entry("50-0", "by", "other"))}\n`);
    await sink.append(next);
    await using source = await openSource(path);
    const items = await readAll(source);
    expect(items.map(({ id }) => id)).toContain("50-0");
    const texts = items.flatMap((item) => (item.kind === "entry" && item.fields[0] === "n" ? [item.fields[1]] : []));
    expect(texts).toEqual(both);
  },
);

test("a write that succeeded but was reported as failed is found again", async () => {
  const { sink, faults, ids } = await faulty();
  await sink.append(first);
  Object.assign(faults, { writeFails: "EIO" });
  await codedError(sink.append(next));
  expect(await sink.append(next)).toEqual(next.map(({ id }) => id));
  expect(await ids()).toEqual(both);
});

test("a file deleted between the look and the write does not swallow the entries", async () => {
  const { path, sink, faults, ids } = await faulty();
  await sink.append(first);
  faults.beforeWrite = () => rm(path);
  await sink.append(next);
  expect(await ids()).toEqual(next.map(({ id }) => id));
});

test("lines that another process writes between the look and the write are noticed", async () => {
  const { path, sink, faults, ids } = await faulty();
  await sink.append(first);
  faults.beforeWrite = () => appendFile(path, `${line(entry("70-0"))}\n`);
  await sink.append(next);
  expect(await sink.lastId()).toBe("70-0");
  expect(await sink.append(newEntries(1, 60))).toEqual(["70-1"]);
  expect(await ids()).toEqual([...first.map(({ id }) => id), "70-0", ...next.map(({ id }) => id), "70-1"]);
});

test("a renamed log is left for the file that the rotation creates, without creating it first", async () => {
  const directory = await temporaryDirectory();
  const path = join(directory.path, "journal.ndjson");
  let waits = 0;
  // Like logrotate: it creates the new file itself, and fails if one is there.
  const sleep = (): Promise<void> => (++waits === 3 ? writeFile(path, "", { flag: "wx" }) : Promise.resolve());
  const sink = new StoreSink(new EventLogStore(path, `file:${path}`, undefined, sleep));
  onTestFinished(async () => {
    await sink.close();
    await directory.remove();
  });
  await sink.append(first);
  await rename(path, `${path}.1`);
  await sink.append(next);
  expect(waits).toBe(3);
  await using source = await openSource(path);
  expect((await readAll(source)).map(({ id }) => id)).toEqual(next.map(({ id }) => id));
});
