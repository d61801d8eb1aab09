import { appendFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import { temporaryDirectory } from "@qsc-tooling/testkit";
import { openSource } from "../src/index.js";
import { codedError, Following, readAll } from "./support/collect.js";
import { openSink } from "../src/sink/index.js";
import { entries, ndjson } from "./support/entries.js";

const TEXT = ndjson(entries(3));
const wide = (text: string, bytes: number, bigEndian: boolean): Buffer =>
  Buffer.concat(
    [...text].map((character) => {
      const unit = Buffer.alloc(bytes);
      if (bigEndian) unit.writeUIntBE(character.codePointAt(0) ?? 0, 0, bytes);
      else unit.writeUIntLE(character.codePointAt(0) ?? 0, 0, bytes);
      return unit;
    }),
  );

const FORMS: readonly [string, Buffer, string][] = [
  ["UTF-16, little endian, marked", wide(`\ufeff${TEXT}`, 2, false), "UTF-16"],
  ["UTF-16, big endian, marked", wide(`\ufeff${TEXT}`, 2, true), "UTF-16"],
  ["UTF-16, little endian", wide(TEXT, 2, false), "UTF-16LE"],
  ["UTF-16, big endian", wide(TEXT, 2, true), "UTF-16BE"],
  ["UTF-32, little endian, marked", wide(`\ufeff${TEXT}`, 4, false), "UTF-32"],
  ["UTF-32, big endian, marked", wide(`\ufeff${TEXT}`, 4, true), "UTF-32"],
  ["UTF-32, little endian", wide(TEXT, 4, false), "UTF-32LE"],
  ["UTF-32, big endian", wide(TEXT, 4, true), "UTF-32BE"],
];

async function place(content: Buffer | string): Promise<string> {
  const directory = await temporaryDirectory();
  onTestFinished(() => directory.remove());
  const path = join(directory.path, "journal.ndjson");
  await writeFile(path, content);
  return path;
}

test.each(FORMS)(
  "a log in %s is refused when opened for reading or writing, plain or compressed",
  async (_, bytes, encoding) => {
    const refused = {
      code: "source_unreadable",
      message: expect.stringContaining(`is ${encoding}, not UTF-8`) as string,
    };
    const path = await place(bytes);
    expect(await codedError(openSource(path))).toMatchObject(refused);
    expect(await codedError(openSink(path))).toMatchObject(refused);
    const packed = await openSource(await place(gzipSync(bytes)));
    onTestFinished(() => packed.close());
    expect(await codedError(readAll(packed))).toMatchObject(refused);
  },
);

test.each(FORMS)("a log that was empty when opened and is then written in %s is refused", async (_, bytes) => {
  const path = await place("");
  const source = await openSource(path, { follow: true });
  onTestFinished(() => source.close());
  const following = new Following(source);
  await appendFile(path, bytes);
  expect(await codedError(following.until(() => following.items.length > 0))).toMatchObject({
    code: "source_unreadable",
  });
});

test("zeros after entries, left by a loss of power, are a line that cannot be read", async () => {
  const source = await openSource(await place(`${TEXT}${"\0".repeat(100)}\n`));
  onTestFinished(() => source.close());
  expect((await readAll(source)).map(({ kind }) => kind)).toEqual(["entry", "entry", "entry", "rejected"]);
});
