import { describe, expect, test } from "vitest";
import { firstIdAt, lastIdAt, type EntryId } from "@qsc/contract";
import type { EventSource, RawEntry } from "../src/index.js";
import { ALL, collect, codedError, Following, readAll } from "./support/collect.js";
import { plain, readParts } from "./support/parts.js";
import { entries, entry, ids } from "./support/entries.js";

/** A place with entries, and a source that reads it. */
export interface Subject {
  readonly source: EventSource;
  /** Appends entries; absent if the source cannot grow. */
  readonly append?: (entries: readonly RawEntry[]) => Promise<void>;
  /** Appends something that is not a readable entry; absent if the place cannot contain that. */
  readonly spoil?: () => Promise<void>;
}

/** Makes a place with these entries; `onTestFinished` removes it. */
export type MakeSubject = (initial: readonly RawEntry[]) => Promise<Subject>;

/** What every adapter promises. */
export function conformance(
  name: string,
  make: MakeSubject,
  kind: { readonly grows: boolean; readonly divides?: boolean },
): void {
  describe(`${name} as an EventSource`, () => {
    test("has a label, and a bounded page for every entry in order", async () => {
      const { source } = await make(entries(2300));
      expect(source.label).not.toBe("");
      const pages = await collect(source.pages(ALL));
      expect(Math.max(...pages.map(({ length }) => length))).toBeLessThanOrEqual(1000);
      expect(pages.every(({ length }) => length > 0)).toBe(true);
      expect(ids(pages)).toEqual(entries(2300).map(({ id }) => id));
      expect(source.gaps()).toEqual([]);
    });

    test("gives fields as they were written", async () => {
      const written = entry("5-1", "a", 'é "quoted" \\ \n', "", "", "payload", '{"x": NaN}');
      const { source } = await make([written]);
      const [found] = await readAll(source);
      expect(found).toMatchObject({ kind: "entry", id: "5-1", fields: written.fields });
    });

    test("includes both ends of a range", async () => {
      const { source } = await make([entry("3-0"), entry("4-0"), entry("4-7"), entry("5-0"), entry("6-0")]);
      const pages = await collect(source.pages({ from: firstIdAt(4), to: firstIdAt(5) }));
      expect(ids(pages)).toEqual(["4-0", "4-7", "5-0"]);
      expect(ids(await collect(source.pages({ from: firstIdAt(4), to: lastIdAt(4) })))).toEqual(["4-0", "4-7"]);
      expect(ids(await collect(source.pages({ from: firstIdAt(7), to: firstIdAt(9) })))).toEqual([]);
    });

    test("gives the newest first if it reads by ID", async () => {
      const { source } = await make(entries(1200));
      const found = (await readAll(source, "newest-first")).map(({ id }) => id);
      const expected = entries(1200).map(({ id }) => id);
      expect(found).toEqual(source.ordering === "by-id" ? expected.reverse() : expected);
    });

    test("gives at most the limit if it reads by ID, newest first; refuses a limit that is not a number of entries", async () => {
      const { source } = await make(entries(300));
      const limited = async (limit: number): Promise<(string | null)[]> =>
        ids(await collect(source.pages(ALL, "newest-first", limit)));
      if (source.ordering === "as-written") {
        expect(await limited(70)).toHaveLength(300);
        return;
      }
      const expected = entries(300)
        .map(({ id }) => id)
        .reverse();
      for (const limit of [1, 50, 70, 300, 301]) expect(await limited(limit)).toEqual(expected.slice(0, limit));
      for (const limit of [0, -1, 1.5, Number.NaN])
        expect((await codedError(limited(limit))).code).toBe("invalid_option");
    });

    test("can be read twice, and left early", async () => {
      const { source } = await make(entries(1500));
      for await (const page of source.pages(ALL)) {
        expect(page.length).toBeGreaterThan(0);
        break;
      }
      expect(await readAll(source)).toHaveLength(1500);
    });

    test("gives the same in parts as in pages", async () => {
      const { source } = await make(entries(2300));
      const range = { from: firstIdAt(7), to: lastIdAt(2200) };
      const parts = (await source.parts?.(range, 3)) ?? null;
      if (kind.divides !== true) {
        expect(parts).toBeNull();
        return;
      }
      expect(parts).toHaveLength(3);
      const found = await readParts(parts ?? []);
      expect(found.items).toEqual((await collect(source.pages(range))).flat().map(plain));
      expect(found.gaps).toEqual([]);
    });

    test("state() says only what it knows", async () => {
      const { source } = await make(entries(3));
      const state = await source.state();
      expect([3, null]).toContain(state.length);
      expect(["1-0", null]).toContain(state.firstId);
      expect(["3-0", null]).toContain(state.lastId);
    });

    test("refuses invalid IDs and orders", async () => {
      const { source } = await make(entries(1));
      const never = { signal: AbortSignal.abort() };
      for (const odd of ["", "1", "NaN-0", "01-0", 5, null, undefined]) {
        const id = odd as EntryId;
        expect((await codedError(collect(source.pages({ from: id, to: lastIdAt(9) })))).message).toMatch(
          /^range\.from is /,
        );
        expect((await codedError(collect(source.pages({ from: firstIdAt(0), to: id })))).message).toMatch(
          /^range\.to is /,
        );
        expect((await codedError(collect(source.follow(id, never)))).code).toBe("invalid_option");
      }
      expect((await codedError(readAll(source, "newest" as "newest-first"))).code).toBe("invalid_option");
    });

    test("refuses with a coded error once it is closed", async () => {
      const { source } = await make(entries(1));
      {
        await using same = source;
        await same.close();
      }
      await source.close();
      expect((await codedError(source.state())).code).toBe("internal");
      expect((await codedError(readAll(source))).code).toBe("internal");
    });

    if (!kind.grows) return;

    test("gives nothing if nothing was written", async () => {
      const { source } = await make([]);
      expect(await readAll(source)).toEqual([]);
      expect((await source.state()).length).toBe(0);
    });

    test("fixes the end of a range when reading begins", async () => {
      const { source, append } = await make(entries(1500));
      const found: (string | null)[] = [];
      for await (const page of source.pages(ALL)) {
        if (found.length === 0) await append?.(entries(10, 5000));
        found.push(...page.map(({ id }) => id));
      }
      expect(found).toEqual(entries(1500).map(({ id }) => id));
    });

    test("when following, gives everything after an entry exactly once, until the signal", async () => {
      const { source, append } = await make(entries(5));
      const following = new Following(source, firstIdAt(2));
      await following.until(() => following.items.length >= 3);
      await append?.(entries(700, 10));
      await following.until(() => following.items.length >= 703);
      await append?.([entry("2000-0")]);
      await following.until(() => following.items.length >= 704);
      await following.stop();
      expect(following.ids).toEqual(["3-0", "4-0", "5-0", ...entries(700, 10).map(({ id }) => id), "2000-0"]);
      expect(following.outages).toEqual([]);
      expect(source.gaps()).toEqual([]);
    });

    test("reports once that everything present at the start has been given, even if that was nothing", async () => {
      const { source, append } = await make(entries(700));
      const [given, said]: [(string | null)[], number[]] = [[], []];
      const end = new AbortController();
      const onCaughtUp = (): void => {
        said.push(given.length);
        void append?.(entries(3, 2000));
      };
      for await (const page of source.follow(firstIdAt(2), { signal: end.signal, onCaughtUp })) {
        given.push(...page.map(({ id }) => id));
        if (given.length >= 701) end.abort();
      }
      expect(said).toEqual([698]);
      const behind = new AbortController();
      const none = source.follow(firstIdAt(2002), {
        signal: behind.signal,
        onCaughtUp: () => {
          behind.abort();
        },
      });
      expect(await collect(none)).toEqual([]);
    });

    test("resumes without a gap from its own mark of any page; refuses anything else", async () => {
      const { source, append } = await make(entries(700));
      const following = new Following(source, firstIdAt(2));
      await following.until(() => following.items.length >= 698);
      const mark = source.mark?.() ?? null;
      await following.stop();
      await append?.(entries(3, 701));
      const again = new Following(source, firstIdAt(700), { resumes: true, mark });
      await again.until(() => again.items.length >= 3);
      await again.stop();
      expect(again.ids).toEqual(["701-0", "702-0", "703-0"]);
      expect(source.gaps()).toEqual([]);
      const wrong = collect(
        source.follow(firstIdAt(1), { signal: AbortSignal.timeout(1000), mark: { kind: "other" } as never }),
      );
      expect((await codedError(wrong)).code).toBe("invalid_option");
    });

    test("follows from where the pages ended, and ends when closed", async () => {
      const { source, append } = await make(entries(4));
      expect(await readAll(source)).toHaveLength(4);
      await append?.(entries(2, 5));
      const following = new Following(source, firstIdAt(4));
      await following.until(() => following.items.length >= 2);
      await source.close();
      await following.stop();
      expect(following.ids).toEqual(["5-0", "6-0"]);
    });

    test("gives a place for an entry that cannot be read", async () => {
      const { source, spoil } = await make(entries(2));
      await spoil?.();
      const items = await readAll(source);
      expect(items.map(({ kind: found }) => found)).toEqual(["entry", "entry", "rejected"]);
      expect(items[2]?.place).not.toBe("");
    });
  });
}
