import { chmodSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { VerifyDocument } from "@qsc/contract";
import {
  keyPair,
  seededTelemetry,
  temporaryDirectory,
  writeEventLog,
  type TemporaryDirectory,
} from "@qsc-tooling/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { documentHere } from "./support/here.js";
import { qsc, type Run } from "./support/qsc.js";

const SOURCE = ["--source", "file:healthy.ndjson"];
const SIGN = ["--signing-key", "qsc.key.pem"];
const PUBLIC = ["--public-key", "qsc.pub.pem"];
const { entries } = seededTelemetry({ count: 300, intervalMs: 1000 });
const pair = keyPair("ed25519");

let directory: TemporaryDirectory;
let report: string;

beforeAll(async () => {
  directory = await temporaryDirectory();
  await writeEventLog(join(directory.path, "healthy.ndjson"), entries);
  put("qsc.key.pem", pair.privateKey, 0o600);
  put("qsc.pub.pem", pair.publicKey);
  put("other.pub.pem", keyPair("ed25519").publicKey);
  await documentHere(["quality-gate", "--mode", "canary", ...SOURCE], { cwd: directory.path });
  const [name = ""] = readdirSync(join(directory.path, "reports/safety")).filter((each) => each.endsWith(".json"));
  report = join("reports/safety", name);
});
afterAll(() => directory.remove());

const run = (...args: readonly string[]): Promise<Run> => qsc(args, { cwd: directory.path });
const read = (name: string) => readFileSync(join(directory.path, name), "utf8");

function put(name: string, content: string, mode = 0o644): string {
  writeFileSync(join(directory.path, name), content);
  chmodSync(join(directory.path, name), mode);
  return name;
}

describe("qsc attest", () => {
  test("signs a report's verdict, and qsc verify checks signature, report and events", async () => {
    const made = await run("attest", report, ...SIGN);
    const attestation = report.replace(/json$/, "intoto.json");
    expect(made).toMatchObject({ code: 0, err: "" });
    expect(made.out).toContain(`attestation  ${attestation}\nkey          ${pair.sha256}\nsubject      quality_gate_`);
    const verified = await documentHere<VerifyDocument>(["verify", attestation, ...PUBLIC, ...SOURCE], {
      cwd: directory.path,
    });
    expect(verified).toMatchObject({ code: 0, verdict: "pass", attestation: { keyIds: [pair.sha256] } });
    expect((await run("verify", attestation, ...PUBLIC, ...SOURCE)).out).toContain(`by the key ${pair.sha256}`);
    const again = await run("attest", report, ...SIGN);
    expect(again).toMatchObject({ code: 2, err: expect.stringContaining("[attestation_exists]") as string });
    const json = await run("attest", report, ...SIGN, "--force", "--bundle", "--json");
    expect(JSON.parse(json.out)).toMatchObject({ kind: "attest", form: "bundle", keyId: pair.sha256 });
    expect((await run("verify", attestation, ...PUBLIC, ...SOURCE)).code).toBe(0);
  });

  test("qsc verify names what is not as it was signed", async () => {
    put("gate.json", read(report));
    expect((await run("attest", "gate.json", ...SIGN)).code).toBe(0);
    const verify = (...args: readonly string[]) => run("verify", ...args, ...SOURCE);
    const refusals: readonly (readonly [readonly string[], number, RegExp])[] = [
      [["gate.intoto.json", "--public-key", "other.pub.pem"], 2, /\[signature_invalid\].*not one of the trusted keys/],
      [["gate.intoto.json"], 1, /name the key that must have signed it with --public-key/],
      [["gate.json", ...PUBLIC], 2, /\[signature_missing\].*not signed by itself/],
      [["gate.intoto.json", "--public-key", "qsc.key.pem"], 1, /name its public key/],
    ];
    for (const [args, code, message] of refusals) {
      const found = await verify(...args);
      expect(found, args.join(" ")).toMatchObject({ code, err: expect.stringMatching(message) as string });
    }
    put("gate.json", read("gate.json").replace("\n", "\n "));
    const changed = await verify("gate.intoto.json", ...PUBLIC);
    expect(changed).toMatchObject({ code: 2, err: expect.stringMatching(/\[signature_invalid\].*subject/) as string });
  });

  test.each<[string, readonly string[], number, RegExp]>([
    ["no key", [], 1, /name its file with --signing-key/],
    ["a key that others may read", ["--signing-key", "open.key.pem"], 1, /open to others \(mode 0644\): chmod 600/],
    ["a public key", ["--signing-key", "qsc.pub.pem"], 1, /open to others/],
    ["a key that is missing", ["--signing-key", "none.pem"], 1, /none\.pem cannot be read/],
  ])("refuses %s, and writes nothing", async (_, args, code, message) => {
    put("open.key.pem", pair.privateKey);
    put("refused.json", read(report));
    const found = await run("attest", "refused.json", ...args);
    expect(found).toMatchObject({ code, out: "", err: expect.stringMatching(message) as string });
    expect(readdirSync(directory.path)).not.toContain("refused.intoto.json");
  });

  test("refuses what is not a gate's report", async () => {
    const found = await run("attest", put("none.json", "{}"), ...SIGN);
    expect(found).toMatchObject({ code: 2, err: expect.stringContaining("[report_unusable]") as string });
  });
});
