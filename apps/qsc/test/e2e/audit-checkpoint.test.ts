import { chmodSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { digestOf, type AuditDocument } from "@qsc/contract";
import { keyPair, temporaryDirectory, writeCanaryFiles, type TemporaryDirectory } from "@qsc-tooling/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { document, qsc } from "./support/qsc.js";

const pair = keyPair("P-256");
const LOG = "logs/qsc_canary.jsonl";
const CHECKPOINT = "logs/qsc_canary.checkpoint.json";
const UNIT = ["--services", "child:units", "--unit", "engine.service"];
const SIGN = ["--signing-key", "audit.pem"];
const PUBLIC = ["--public-key", "audit.pub.pem"];

let directory: TemporaryDirectory;
beforeEach(async () => {
  directory = await temporaryDirectory();
  put("audit.pem", pair.privateKey, 0o600);
  put("audit.pub.pem", pair.publicKey);
  await log(3);
});
afterEach(() => directory.remove());

function put(name: string, text: string, mode = 0o644): void {
  writeFileSync(join(directory.path, name), text);
  chmodSync(join(directory.path, name), mode);
}
const read = (name: string) => readFileSync(join(directory.path, name), "utf8");

/** Log, state and reports after this number of canaries, which agree with each other. */
async function log(past: number): Promise<void> {
  await writeCanaryFiles(directory.path, {
    unit: "engine.service",
    digestOf,
    nowMs: Date.parse("2026-06-01T00:00:00Z"),
    models: ["xgb", "lgbm"],
    phase: "baseline",
    past,
  });
}
const audit = (...args: readonly string[]) =>
  document<AuditDocument>(["audit", ...args, ...UNIT], { cwd: directory.path });

describe("qsc audit checkpoint", () => {
  test("signs the newest entry; qsc audit verify then names what a cut-off end lacks", async () => {
    const whole = read(LOG).trimEnd().split("\n").length;
    expect(await audit("verify", ...PUBLIC)).toMatchObject({ code: 2, codes: ["signature_missing"] });
    expect(await audit("checkpoint", ...SIGN)).toMatchObject({ code: 2, codes: ["signature_missing"] });
    const made = await audit("checkpoint", ...SIGN, "--first");
    expect(made).toMatchObject({ code: 0, checkpoint: { number: whole, keyId: pair.sha256 } });
    expect(await audit("verify", ...PUBLIC)).toMatchObject({ code: 0, checkpoint: { number: whole } });
    const { out } = await qsc(["audit", "verify", ...PUBLIC, ...UNIT], { cwd: directory.path });
    expect(out).toMatch(
      new RegExp(`checkpoint +.*${CHECKPOINT}: entry ${whole}, signed at .* by the key ${pair.sha256}`),
    );
    await log(1);
    expect(await audit("verify")).toMatchObject({ code: 0 });
    const cut = await audit("verify", ...PUBLIC);
    expect(cut).toMatchObject({ code: 2, codes: ["audit_differs"] });
    expect(cut.reasons[0]).toMatch(new RegExp(`at least ${whole} entries.* entries \\d+ to ${whole} are missing`));
    const before = read(CHECKPOINT);
    expect(await audit("checkpoint", ...SIGN)).toMatchObject({ code: 2, codes: ["audit_differs"] });
    expect(read(CHECKPOINT)).toBe(before);
    rmSync(join(directory.path, CHECKPOINT));
    expect(await audit("checkpoint", ...SIGN)).toMatchObject({ code: 2, codes: ["signature_missing"] });
    expect(await audit("verify", ...PUBLIC)).toMatchObject({ code: 2, codes: ["signature_missing"] });
  });

  test.each<[string, readonly string[], RegExp]>([
    ["no key", ["checkpoint"], /name its file with --signing-key/],
    ["a key that others may read", ["checkpoint", "--signing-key", "open.pem"], /open to others \(mode 0644\)/],
    [
      "a key to verify with that others may write to",
      ["verify", "--public-key", "loose.pub.pem"],
      /may be written by others|other users may write/,
    ],
    ["a first one for a verification", ["verify", "--first"], /--first is an option of qsc audit checkpoint/],
    ["a signing key for a verification", ["verify", ...SIGN], /--signing-key is an option of qsc audit checkpoint/],
  ])("refuses %s", async (_, args, message) => {
    put("open.pem", pair.privateKey);
    put("loose.pub.pem", pair.publicKey, 0o666);
    const found = await qsc(["audit", ...args, ...UNIT], { cwd: directory.path });
    expect(found).toMatchObject({ code: 1, out: "", err: expect.stringMatching(message) as string });
  });

  test("a checkpoint that is broken, a directory or gone stops nothing that does not ask for it", async () => {
    put(CHECKPOINT, "{");
    expect(await audit("verify")).toMatchObject({ code: 0 });
    expect(await audit("verify", ...PUBLIC)).toMatchObject({ code: 2, codes: ["signature_invalid"] });
    rmSync(join(directory.path, CHECKPOINT));
    expect(await audit("verify")).toMatchObject({ code: 0 });
  });
});
