import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { DEFAULT_STREAM, type EntryId, type Intent, type Rejection } from "@qsc/contract";
import { temporaryDirectory, type TemporaryDirectory } from "@qsc-tooling/testkit";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeEntry, openSource, type OpenOptions, type RawEntry } from "../src/index.js";
import { readSigningKey, readVerificationKey } from "../src/signature/key-files.js";
import { entrySigner } from "../src/signature/sign-entry.js";
import { entryVerifier, MOST_MOVED_MS } from "../src/signature/verify-entry.js";
import { openSink } from "../src/sink/index.js";
import { line, PAYLOAD_V2, v2 } from "./support/entries.js";
import { dividedJournal, readParts } from "./support/parts.js";
import { keyPair, secretFile, type KeyFiles } from "./support/key-files.js";

let directory: TemporaryDirectory;
let keys: Readonly<Record<"ed25519" | "hmac" | "other" | "otherSecret", KeyFiles>>;
const ALGORITHMS = ["ed25519", "hmac"] as const;
const RANGE = { from: "0-0" as EntryId, to: "9999999999999-0" as EntryId };

beforeAll(async () => {
  directory = await temporaryDirectory();
  const { path } = directory;
  keys = {
    ed25519: keyPair(path, "engine"),
    hmac: secretFile(path, "engine"),
    other: keyPair(path, "other"),
    otherSecret: secretFile(path, "other"),
  };
});
afterAll(() => directory.remove());

const decision = (number: number): RawEntry => {
  const id = `${1_763_818_338_000 + number}-0` as EntryId;
  return {
    ...v2({ ...PAYLOAD_V2, decision_id: `d-${number}` }, undefined, { rsi: number, macd: -0.5 }),
    id,
    place: id,
  };
};

async function signed(entry: RawEntry, key: string, stream = DEFAULT_STREAM): Promise<RawEntry> {
  return { ...entry, fields: entrySigner(stream, await readSigningKey(key))(entry.id, entry.fields) };
}

async function read(entries: readonly RawEntry[], options: OpenOptions = {}): Promise<readonly (Intent | Rejection)[]> {
  const path = `${directory.path}/log.ndjson`;
  writeFileSync(path, entries.map((entry) => `${line(entry)}\n`).join(""));
  await using source = await openSource(`file:${path}`, options);
  const found: (Intent | Rejection)[] = [];
  for await (const page of source.pages(RANGE))
    for (const item of page) found.push(item.kind === "rejected" ? item : decodeEntry(item));
  return found;
}

const reasons = (found: readonly (Intent | Rejection)[]): readonly string[] =>
  found.map((each) => (each.kind === "rejected" ? each.reason : "intent"));

describe.each(ALGORITHMS)("entries signed with %s", (name) => {
  const options = (stream?: string): OpenOptions => ({
    verifyKeys: [keys[name].verifies],
    ...(stream !== undefined && { stream }),
  });

  test("a source accepts what a sink signs, and reads it as if it were not signed", async () => {
    const path = `${directory.path}/signed-${name}.ndjson`;
    const entries = Array.from({ length: 40 }, (_, index) => decision(index));
    {
      await using sink = await openSink(`file:${path}`, { signingKey: keys[name].signs });
      await sink.append(entries.slice(0, 20));
      await sink.append(entries.slice(20));
    }
    await using source = await openSource(`file:${path}`, options());
    expect(source.verifies).toBe(true);
    const found: (Intent | Rejection)[] = [];
    for await (const page of source.pages(RANGE))
      for (const item of page) found.push(item.kind === "rejected" ? item : decodeEntry(item));
    expect(found).toEqual(await read(entries));
    expect(reasons(found)).toEqual(entries.map(() => "intent"));
  });

  test("an entry without a signature, or with one of another key, is rejected with its reason", async () => {
    const [foreign, foreignSecret] = [
      await signed(decision(2), keys.other.signs),
      await signed(decision(3), keys.otherSecret.signs),
    ];
    const found = await read(
      [await signed(decision(1), keys[name].signs), foreign, foreignSecret, decision(4)],
      options(),
    );
    expect(reasons(found)).toEqual(["intent", "signature_invalid", "signature_invalid", "signature_missing"]);
  });

  test("during a key rotation, both keys are accepted", async () => {
    const entries = [await signed(decision(1), keys[name].signs), await signed(decision(2), keys.other.signs)];
    expect(reasons(await read(entries, { verifyKeys: [keys.other.verifies, keys[name].verifies] }))).toEqual([
      "intent",
      "intent",
    ]);
  });

  test("an entry of another stream does not count as one of this stream", async () => {
    const entries = [await signed(decision(1), keys[name].signs, "other")];
    expect(reasons(await read(entries, options()))).toEqual(["signature_invalid"]);
    expect(reasons(await read(entries, options("other")))).toEqual(["intent"]);
  });

  test("a copy added more than a minute after its ID, or before it, is refused", async () => {
    const entry = await signed(decision(0), keys[name].signs);
    const at = (shift: number): RawEntry => ({ ...entry, id: `${1_763_818_338_000 + shift}-0` as EntryId });
    const found = await read([at(-1), at(0), at(MOST_MOVED_MS), at(MOST_MOVED_MS + 1)], options());
    expect(reasons(found)).toEqual(["signature_invalid", "intent", "intent", "signature_invalid"]);
  });

  test("a part for another thread is verified too", async () => {
    const path = `${directory.path}/parts-${name}.ndjson`;
    const entries = await Promise.all(
      Array.from({ length: 40 }, async (_, index) =>
        index % 2 === 0 ? decision(index) : signed(decision(index), keys[name].signs),
      ),
    );
    writeFileSync(path, entries.map((entry) => `${line(entry)}\n`).join(""));
    await using source = dividedJournal(path);
    const parts = (await source.parts(RANGE, 2)) ?? [];
    expect(parts.length).toBe(2);
    const { items } = await readParts(parts.map((part) => ({ ...part, options: options() })));
    expect(items.map((item) => (item.kind === "rejected" ? item.reason : item.kind))).toEqual(
      entries.map((_, index) => (index % 2 === 0 ? "signature_missing" : "entry")),
    );
  });

  test("changing, adding, moving or removing any byte of a signed entry is noticed", async () => {
    const verify = entryVerifier(DEFAULT_STREAM, [await readVerificationKey(keys[name].verifies)]);
    const entry = await signed(decision(7), keys[name].signs);
    expect(verify(entry)).toBeNull();
    fc.assert(
      fc.property(
        fc.nat(entry.fields.length - 1),
        fc.nat(2000),
        fc.string({ unit: "binary", maxLength: 3 }),
        fc.constantFrom("replace", "insert", "remove pair", "swap", "add"),
        (which, place, text, deed) => {
          const fields = [...entry.fields];
          const old = fields[which] ?? "";
          const at = place % (old.length + 1);
          if (deed === "replace") fields[which] = old.slice(0, at) + text + old.slice(at + 1);
          if (deed === "insert") fields[which] = old.slice(0, at) + text + old.slice(at);
          if (deed === "remove pair") fields.splice(which - (which % 2), 2);
          if (deed === "add") fields.splice(which - (which % 2), 0, text, text);
          if (deed === "swap") fields.push(...fields.splice(which - (which % 2), 2));
          const isSame = JSON.stringify(fields) === JSON.stringify(entry.fields);
          // The position of the signature itself does not matter.
          const without = (all: readonly string[]): string =>
            JSON.stringify(all.flatMap((each, index) => (all[index - (index % 2)] === "signature" ? [] : [each])));
          const isMoved = deed === "swap" && without(fields) === without(entry.fields);
          fc.pre(!isSame && !isMoved);
          expect(verify({ ...entry, fields })).not.toBeNull();
        },
      ),
      { seed: 7, numRuns: 400 },
    );
  });

  test("the fast path and the decoder agree on which entries count", async () => {
    const entries: RawEntry[] = [];
    for (let number = 0; number < 300; number += 1) {
      const honest = await signed(decision(number), keys[name].signs);
      const forged = { ...honest, fields: honest.fields.map((text) => text.replace('"BUY"', '"SELL"')) };
      entries.push([honest, forged, decision(number), honest][number % 4] ?? honest);
    }
    const verify = entryVerifier(DEFAULT_STREAM, [await readVerificationKey(keys[name].verifies)]);
    const expected = entries.map((entry) => verify(entry) ?? decodeEntry(entry));
    expect((await read(entries, options())).map(placeless)).toEqual(expected.map(placeless));
  });
});

const placeless = (each: Intent | Rejection): unknown => ({ ...each, place: "" });

test("the secret cannot be exchanged for the public key: an algorithm goes with its key", async () => {
  const publicText = readFileSync(keys.ed25519.verifies, "utf8");
  const asSecret = `${directory.path}/as-secret`;
  writeFileSync(asSecret, Buffer.from(publicText).toString("hex").slice(0, 128), { mode: 0o600 });
  const forged = await signed(decision(1), asSecret);
  expect(reasons(await read([forged], { verifyKeys: [keys.ed25519.verifies] }))).toEqual(["signature_invalid"]);
});

test("the signed text is as documented, so that any engine can sign", async () => {
  const key = `${directory.path}/known`;
  writeFileSync(key, "00".repeat(32), { mode: 0o600 });
  const fields = entrySigner("s", await readSigningKey(key))("1-0", ["a", "é"]);
  expect(fields).toEqual(["a", "é", "signature", expect.stringMatching(/^1:hmac-sha256:[\da-f]{16}:1-0:[\w-]{43}$/)]);
  const { createHmac } = await import("node:crypto");
  const id = createHmac("sha256", Buffer.alloc(32)).update("qsc-key-id").digest("hex").slice(0, 16);
  const text = `15:qsc-signature-1,11:hmac-sha256,16:${id},3:1-0,1:s,1:a,2:é,`;
  const bytes = createHmac("sha256", Buffer.alloc(32)).update(text).digest("base64url");
  expect(fields[3]).toBe(`1:hmac-sha256:${id}:1-0:${bytes}`);
});

describe("key files", () => {
  const refusal = async (reading: Promise<unknown>): Promise<string> => {
    const error = await reading.then(
      () => new Error("it was read"),
      (thrown: unknown) => thrown as Error,
    );
    expect(error).toMatchObject({ code: "invalid_option" });
    return error.message;
  };

  test("are refused if others could read the secret or write the public key", async () => {
    const secret = secretFile(directory.path, "open").signs;
    chmodSync(secret, 0o640);
    expect(await refusal(readSigningKey(secret))).toContain("is open to others (mode 0640)");
    expect(await refusal(readVerificationKey(secret))).toContain("is open to others (mode 0640)");
    const pair = keyPair(directory.path, "open");
    chmodSync(pair.verifies, 0o664);
    expect(await refusal(readVerificationKey(pair.verifies))).toContain("may be written by others (mode 0664)");
  });

  test("a private key cannot verify, and a public key cannot sign", async () => {
    expect(await refusal(readVerificationKey(keys.ed25519.signs))).toContain("holds a private key");
    chmodSync(keys.other.verifies, 0o600);
    expect(await refusal(readSigningKey(keys.other.verifies))).toContain("is neither an Ed25519 private key");
    chmodSync(keys.other.verifies, 0o644);
  });

  test.each(["", "deadbeef", "x".repeat(64), "-----BEGIN PRIVATE KEY-----\n"])("%j is not a key", async (text) => {
    const path = `${directory.path}/odd`;
    writeFileSync(path, text, { mode: 0o600 });
    await refusal(readSigningKey(path));
  });

  test("a missing file, a directory and a pipe are refused by name", async () => {
    const { execFileSync } = await import("node:child_process");
    execFileSync("mkfifo", [`${directory.path}/pipe`]);
    for (const path of [`${directory.path}/none`, directory.path, `${directory.path}/pipe`]) {
      expect(await refusal(openSource(`file:${directory.path}/log.ndjson`, { verifyKeys: [path] }))).toContain(
        `Key file ${path} cannot be read`,
      );
      expect(await refusal(openSink(`file:${directory.path}/new.ndjson`, { signingKey: path }))).toContain(
        `Key file ${path} cannot be read`,
      );
    }
  });

  test("an empty list of keys is refused, because it would verify nothing", async () => {
    await refusal(openSource(`file:${directory.path}/log.ndjson`, { verifyKeys: [] }));
  });
});
