import { expect, test } from "vitest";
import { createRandom } from "@qsc-tooling/testkit";
import { MAX_ID, type EntryId } from "@qsc/contract";
import { entryIds, type NewEntry } from "../src/sink/index.js";
import { Publisher } from "../src/sink/publisher.js";
import type { Store } from "../src/sink/store.js";
import { codedError } from "./support/collect.js";
import { FaultyStore } from "./support/faulty-store.js";
import { newEntry, newEntries } from "./support/new-entries.js";

/** Repeats the same call until it succeeds. */
async function insist(publisher: Publisher, entries: readonly NewEntry[]): Promise<readonly EntryId[]> {
  for (;;) {
    try {
      return await publisher.append(entries);
    } catch {
      continue;
    }
  }
}

test("publishes exactly once and in order, whatever is lost or late, and whatever others write", async () => {
  for (let seed = 1; seed <= 3000; seed++) {
    const random = createRandom(seed);
    const store = new FaultyStore(random);
    const publisher = new Publisher(store);
    const id = entryIds();
    const fields: string[] = [];
    const ids: EntryId[] = [];
    for (let call = 0, time = 1; call < 6; call++) {
      const entries = Array.from({ length: 1 + Math.floor(4 * random.uniform()) }, (_, n) => {
        time += Math.floor(3 * random.uniform());
        return { id: id(time), fields: ["call", `${call}.${n}`] };
      });
      ids.push(...(await insist(publisher, entries)));
      fields.push(...entries.map((entry) => entry.fields.join(" ")));
    }
    store.settle();
    const own = store.written.filter((entry) => entry.fields[0] === "call");
    expect(
      own.map((entry) => entry.fields.join(" ")),
      `seed ${seed}`,
    ).toEqual(fields);
    expect(
      own.map((entry) => entry.id),
      `seed ${seed}`,
    ).toEqual(ids);
  }
});

test("an entry given up and tried again among others is written once", async () => {
  for (let seed = 1; seed <= 3000; seed++) {
    const random = createRandom(seed);
    const store = new FaultyStore(random);
    const publisher = new Publisher(store);
    const entries = newEntries(8);
    for (let calls = 0; calls < 6; calls++) {
      const some = entries.filter(() => random.uniform() < 0.4);
      await publisher.append(some).catch(() => undefined);
    }
    await insist(publisher, entries);
    store.settle();
    const own = store.written.map((entry) => entry.fields.join(" ")).filter((text) => text.startsWith("n "));
    expect(own.sort(), `seed ${seed}`).toEqual(entries.map((entry) => entry.fields.join(" ")).sort());
  }
});

test("gives up if it always comes second, or if no ID is left", async () => {
  let last = 10;
  const store: Store = {
    add: () => Promise.resolve(false),
    lastId: () => Promise.resolve(`${(last += 10)}-0` as EntryId),
    holds: (entries) => Promise.resolve(entries.map(() => false)),
  };
  expect((await codedError(new Publisher(store).append([newEntry("1-0")]))).code).toBe("sink_failed");
  const full: Store = { ...store, lastId: () => Promise.resolve(MAX_ID) };
  expect((await codedError(new Publisher(full).append([newEntry("1-0")]))).message).toContain(MAX_ID);
});
