import { appendFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { firstIdAt, type SourceMark } from "@qsc/contract";
import { temporaryDirectory } from "@qsc-tooling/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { openSource } from "../src/index.js";
import { Following } from "./support/collect.js";
import { entries, ndjson } from "./support/entries.js";

/** A log of which five entries were read, and the mark that its reader left. */
async function read(): Promise<{ readonly path: string; readonly mark: SourceMark | null }> {
  const directory = await temporaryDirectory();
  onTestFinished(() => directory.remove());
  const path = join(directory.path, "journal.ndjson");
  await writeFile(path, ndjson(entries(5)));
  const source = await openSource(path, { follow: true });
  const following = new Following(source);
  await following.until(() => following.items.length === 5);
  const mark = source.mark?.() ?? null;
  await following.stop();
  await source.close();
  return { path, mark };
}

/** Resumes after the fifth entry, and reads until everything was given. */
async function goneOn(
  path: string,
  mark: SourceMark | null,
): Promise<{ readonly ids: readonly (string | null)[]; readonly gaps: readonly string[] }> {
  const source = await openSource(path, { follow: true });
  onTestFinished(() => source.close());
  const end = new AbortController();
  const ids: (string | null)[] = [];
  const onCaughtUp = (): void => {
    end.abort();
  };
  for await (const page of source.follow(firstIdAt(5), { signal: end.signal, resumes: true, mark, onCaughtUp }))
    ids.push(...page.map(({ id }) => id));
  return { ids, gaps: source.gaps().map(({ kind, detail }) => `${kind}: ${detail}`) };
}

describe("a log that another process resumes", () => {
  test("is the same one if it has only grown", async () => {
    const { path, mark } = await read();
    await appendFile(path, ndjson(entries(3, 6)));
    expect(await goneOn(path, mark)).toEqual({ ids: ["6-0", "7-0", "8-0"], gaps: [] });
  });

  test("is the same one if it was rotated, with or without unread entries", async () => {
    const { path, mark } = await read();
    await appendFile(path, ndjson(entries(1, 6)));
    await rename(path, `${path}.1`);
    await writeFile(path, ndjson(entries(2, 7)));
    expect(await goneOn(path, mark)).toEqual({ ids: ["6-0", "7-0", "8-0"], gaps: [] });
    await rename(`${path}.1`, `${path}.2`);
    await rename(path, `${path}.1`);
    await writeFile(path, ndjson(entries(1, 9)));
    expect(await goneOn(path, mark)).toEqual({ ids: ["6-0", "7-0", "8-0", "9-0"], gaps: [] });
  });

  test.each<[string, RegExp, (path: string) => Promise<void>]>([
    [
      "was deleted and begun again after that entry",
      /^replaced|^truncated/,
      async (path) => {
        await rm(path);
        await writeFile(path, ndjson(entries(9, 8)));
      },
    ],
    [
      "was replaced by another file",
      /^replaced: .*not at this path or beside it/,
      async (path) => {
        await writeFile(`${path}.new`, ndjson(entries(9, 8)));
        await rename(`${path}.new`, path);
      },
    ],
    ["was cut, and is shorter", /^truncated: .*at least .* bytes/, (path) => writeFile(path, ndjson(entries(1, 8)))],
    ["was rewritten, and is longer", /^truncated: .*have changed/, (path) => writeFile(path, ndjson(entries(20, 8)))],
    [
      "was compressed, so it cannot be compared",
      /^replaced/,
      async (path) => {
        await writeFile(`${path}.1.gz`, gzipSync(ndjson(entries(6))));
        await writeFile(`${path}.new`, ndjson(entries(3, 8)));
        await rename(`${path}.new`, path);
      },
    ],
  ])("that %s has a gap", async (_, gap, happens) => {
    const { path, mark } = await read();
    await happens(path);
    const { gaps } = await goneOn(path, mark);
    expect(gaps).toContainEqual(expect.stringMatching(gap));
  });

  test("cannot be compared with a stream, which is a gap", async () => {
    const { path } = await read();
    const mark: SourceMark = { kind: "stream", id: "5-0", added: 5, firstId: "1-0", endId: "5-0", deletedId: "0-0" };
    expect((await goneOn(path, mark)).gaps.join()).toMatch(/^replaced: .*was a stream/);
  });
});
