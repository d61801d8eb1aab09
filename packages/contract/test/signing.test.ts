import { generateKeyPairSync } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keyPair, type KeyPair } from "@qsc-tooling/testkit";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import {
  bundleOf,
  IN_TOTO_PAYLOAD_TYPE,
  openEnvelope,
  readSignedFile,
  readSigningKeyFile,
  readStatement,
  readVerificationKeyFile,
  signEnvelope,
  signingKeyOf,
  verificationKeyOf,
  type DsseEnvelope,
} from "../src/signing/index.js";

const PAYLOAD = Buffer.from('{"a":1}');
const TYPE = IN_TOTO_PAYLOAD_TYPE;
const one = keyPair("ed25519");
const two = keyPair("P-256");
const signed = (pair: KeyPair, payload: Uint8Array = PAYLOAD): DsseEnvelope =>
  signEnvelope(TYPE, payload, signingKeyOf(pair.privateKey));
const keyOf = ({ publicKey }: KeyPair) => verificationKeyOf(publicKey);

const directory = mkdtempSync(join(tmpdir(), "qsc-signing-"));
afterAll(() => {
  rmSync(directory, { recursive: true });
});
function fileOf(name: string, text: string, mode: number): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

describe("an envelope", () => {
  test("gives back any payload that Ed25519 or P-256 has signed, and says who did", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), fc.constantFrom(one, two), (payload, pair) => {
        const opened = openEnvelope(signed(pair, payload), TYPE, [keyOf(one), keyOf(two)]);
        expect(Buffer.from(opened.payload)).toEqual(Buffer.from(payload));
        expect(opened.keyIds).toEqual([keyOf(pair).id]);
      }),
    );
  });

  test("names a change of any character of payload, type, key or signature", () => {
    const envelope = signed(one);
    const [{ keyid = "", sig } = { sig: "" }] = envelope.signatures;
    const values = [envelope.payload, envelope.payloadType, keyid, sig] as const;
    const change = fc
      .nat(values.length - 1)
      .chain((which) => fc.tuple(fc.constant(which), fc.nat((values[which]?.length ?? 1) - 1)));
    fc.assert(
      fc.property(change, fc.integer({ min: 32, max: 126 }), ([which, at], code) => {
        const old = values[which] ?? "";
        const changed = values.with(which, old.slice(0, at) + String.fromCharCode(code) + old.slice(at + 1));
        fc.pre(changed[which] !== old);
        const [payload = "", payloadType = "", id = "", signature = ""] = changed;
        const other = { payload, payloadType, signatures: [{ keyid: id, sig: signature }] };
        expect(() => openEnvelope(other, TYPE, [keyOf(one)])).toThrow();
      }),
      { numRuns: 500 },
    );
  });

  const other = keyOf(keyPair("ed25519"));
  const envelope = signed(one);
  const [first = { sig: "" }] = envelope.signatures;
  test.each<[string, DsseEnvelope, Parameters<typeof openEnvelope>[2], RegExp]>([
    ["another key", envelope, [other], /signature 1 names the key .* not one of the trusted keys/],
    [
      "another key that the signature does not name",
      { ...envelope, signatures: [{ sig: first.sig }] },
      [other],
      /another key has made it, or the payload was changed/,
    ],
    [
      "another payload type",
      { ...envelope, payloadType: "text/plain" },
      [keyOf(one)],
      /its payload type is 'text\/plain'/,
    ],
    ["another payload", { ...envelope, payload: "e30=" }, [keyOf(one)], /the payload was changed/],
    ["no signature", { ...envelope, signatures: [] }, [keyOf(one)], /it has no signature/],
    ["an empty signature", { ...envelope, signatures: [{ sig: "" }] }, [keyOf(one)], /signature 1 is empty/],
    ["no key", envelope, [], /no key is named/],
    [
      "the same signature twice",
      { ...envelope, signatures: [first, first] },
      [keyOf(one), keyOf(two)],
      /a key has signed it twice/,
    ],
    [
      "two signatures of which the second is wrong",
      { ...envelope, signatures: [...envelope.signatures, ...signed(two, Buffer.from("{}")).signatures] },
      [keyOf(one), keyOf(two)],
      /signature 2 is not one of/,
    ],
    [
      "two signatures of which one is of an unknown key",
      { ...envelope, signatures: [...signed(two).signatures, ...envelope.signatures] },
      [keyOf(one)],
      /signature 1 names the key/,
    ],
  ])("is refused for %s", (_, given, keys, message) => {
    expect(() => openEnvelope(given, TYPE, keys)).toThrow(message);
  });

  test("with two signatures is opened if both are right", () => {
    const both = { ...envelope, signatures: [...envelope.signatures, ...signed(two).signatures] };
    expect(openEnvelope(both, TYPE, [keyOf(one), keyOf(two)]).keyIds).toEqual([keyOf(one).id, keyOf(two).id]);
  });
});

test.each(["", "[]", "{}", '{"payloadType":1}', '{"mediaType":"x"}', '{"payload":"", "payload":""}'])(
  "%j is not a signed file",
  (text) => {
    expect(() => readSignedFile(text)).toThrow(/^(it|its) /);
  },
);

test("a bundle of Sigstore's own service is refused with what to do", () => {
  const bundle = { ...bundleOf(signed(one), ""), verificationMaterial: { certificate: { rawBytes: "" } } };
  expect(() => readSignedFile(JSON.stringify(bundle))).toThrow(/sign with a key/);
});

test.each([
  ["{}", /has the type undefined/],
  ['{"_type":"https://in-toto.io/Statement/v1"}', /predicate type undefined, not 'urn:x'/],
  ['{"_type":"https://in-toto.io/Statement/v1","predicateType":"urn:x","subject":[]}', /no list of subjects/],
  ["{", /is not JSON/],
])("%s is not a statement", (text, message) => {
  expect(() => readStatement(Buffer.from(text), "urn:x")).toThrow(message);
});

describe("a key file", () => {
  test("of any supported curve verifies, and its id is the SHA-256 of the file", async () => {
    for (const curve of ["ed25519", "P-256", "P-384", "P-521"] as const) {
      const { publicKey, sha256 } = keyPair(curve);
      const { id } = await readVerificationKeyFile(fileOf(`${curve}.pub`, publicKey, 0o644));
      expect(id, curve).toBe(sha256);
    }
  });

  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  test.each<[string, string, number, RegExp]>([
    ["that others may read", one.privateKey, 0o640, /open to others \(mode 0640\): chmod 600/],
    ["that holds a public key", one.publicKey, 0o600, /is not a private key/],
    ["that holds P-384", keyPair("P-384").privateKey, 0o600, /key of secp384r1, not Ed25519 or P-256/],
    ["that holds RSA", rsa.privateKey.export({ type: "pkcs8", format: "pem" }).toString(), 0o600, /key of rsa/],
    ["that is empty", "", 0o600, /is not a private key/],
  ])("to sign with is refused if it is one %s", async (_, text, mode, message) => {
    const path = fileOf("private", text, mode);
    await expect(readSigningKeyFile(path)).rejects.toMatchObject({ code: "invalid_option", message });
    await expect(readSigningKeyFile(path)).rejects.toThrow(path);
  });

  test.each<[string, string, number, RegExp]>([
    ["that others may write to", one.publicKey, 0o664, /may be written by others/],
    ["that holds a private key", one.privateKey, 0o600, /name its public key/],
    ["that holds a certificate", "-----BEGIN CERTIFICATE-----", 0o644, /holds a certificate/],
    ["that holds RSA", rsa.publicKey.export({ type: "spki", format: "pem" }).toString(), 0o644, /key of rsa/],
  ])("to verify with is refused if it is one %s", async (_, text, mode, message) => {
    const path = fileOf("public", text, mode);
    await expect(readVerificationKeyFile(path)).rejects.toMatchObject({ code: "invalid_option", message });
  });

  test("that is missing, or a directory, is named", async () => {
    await expect(readVerificationKeyFile(join(directory, "none"))).rejects.toThrow(/none cannot be read: ENOENT/);
    await expect(readSigningKeyFile(directory)).rejects.toThrow(/not a regular file|EISDIR/);
  });
});
