import { signEnvelope, signingKeyOf, verificationKeyOf } from "@qsc/contract/signing";
import { keyPair } from "@qsc-tooling/testkit";
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { checkpointAudit, verifyAudit } from "../../src/audit.js";
import { checkpointPath } from "../../src/audit/checkpoint.js";
import { appendAudit, readAudit } from "../../src/operation/audit-log.js";
import { Machine } from "../canary/model/machine.js";
import { PATHS, Process, UNIT } from "../canary/model/process.js";

const pair = keyPair("ed25519");
const key = signingKeyOf(pair.privateKey);
const keys = [verificationKeyOf(pair.publicKey)];
const other = signingKeyOf(keyPair("P-256").privateKey);
const PATH = checkpointPath(PATHS.audit);
const TYPE = "application/vnd.qsc.audit-checkpoint.v1+json";

let machine = new Machine();
const context = () => new Process(machine).context;
const verify = (trusted = keys) => verifyAudit(context(), trusted);
const checkpoint = (signer = key, former = keys.slice(1)) => checkpointAudit(context(), signer, { former });
const first = (signer = key) => checkpointAudit(context(), signer, { isFirst: true });
const read = (path: string) => machine.disk.read(path) ?? "";
function write(path: string, text: string): void {
  machine.disk.create(path);
  machine.disk.put(path, text);
}

/** Appends an entry; the state mentions the newest one from then on, as long as an attacker does not rewrite both. */
async function append(): Promise<void> {
  await appendAudit(context(), "rollback", {});
  await tell();
}
async function tell(): Promise<void> {
  const { entries } = await readAudit(context().files, PATHS.audit);
  const last = entries.at(-1);
  const audit = last === undefined ? null : { number: last.number, hash: last.hash };
  const head = { version: 1, unit: UNIT, operation: "one", updatedAt: "2026-01-05T09:00:00.000Z" };
  write(PATHS.state, JSON.stringify({ ...head, audit, phase: "baseline", canary: null, watch: null }));
}
/** What an attacker does who can write log and state: both agree with each other again. */
async function cutTo(entries: number): Promise<void> {
  write(
    PATHS.audit,
    read(PATHS.audit)
      .split("\n")
      .slice(0, entries)
      .map((line) => `${line}\n`)
      .join(""),
  );
  await tell();
}
function signed(content: object, signer = key, type = TYPE): void {
  write(PATH, `${JSON.stringify(signEnvelope(type, Buffer.from(JSON.stringify(content)), signer), null, 2)}\n`);
}

beforeEach(async () => {
  machine = new Machine();
  for (let number = 1; number <= 5; number += 1) await append();
});

describe("a checkpoint", () => {
  test("of a whole log is written beside it, and verified with it and what came after", async () => {
    expect(await first()).toMatchObject({
      verdict: "pass",
      checkpoint: { number: 5, keyId: pair.sha256, path: PATH },
    });
    await append();
    expect(await verify()).toMatchObject({ verdict: "pass", entries: 6, checkpoint: { number: 5 } });
    expect(await checkpoint()).toMatchObject({ verdict: "pass", checkpoint: { number: 6 } });
  });

  test("confirms a log that neither state nor report mentions", async () => {
    await first();
    machine.disk.remove(PATHS.state);
    expect(await verifyAudit(context())).toMatchObject({ codes: ["audit_unanchored"] });
    expect(await verify()).toMatchObject({ verdict: "pass" });
  });

  test("shows a cut-off end, although state and log agree, and names what is missing", async () => {
    await first();
    await cutTo(3);
    expect(await verifyAudit(context())).toMatchObject({ verdict: "pass", entries: 3 });
    expect(await verify()).toMatchObject({
      verdict: "fail",
      exitCode: 2,
      codes: ["audit_differs"],
      reasons: [
        expect.stringMatching(
          /does not match the checkpoint .* has 3 of at least 5 entries: .* entries 4 to 5 are missing/,
        ),
      ],
    });
    await cutTo(0);
    expect((await verify()).codes).toContain("audit_differs");
    await append();
    expect((await verify()).reasons.join()).toContain("entries 2 to 5 are missing");
  });

  test("shows a log that was written again, although state and log agree", async () => {
    await first();
    machine.disk.remove(PATHS.audit);
    machine.disk.remove(PATHS.state);
    for (let number = 1; number <= 6; number += 1) await append();
    await appendAudit(context(), "deploy", {});
    expect(await verify()).toMatchObject({
      codes: ["audit_differs"],
      reasons: [expect.stringContaining("entry 5 is not")],
    });
  });

  test("is not replaced for a log that does not contain it, so that a timer does not sign what an attacker left", async () => {
    await first();
    const before = read(PATH);
    await cutTo(3);
    expect(await checkpoint()).toMatchObject({ exitCode: 2, codes: ["audit_differs"], checkpoint: { number: 5 } });
    expect(read(PATH)).toBe(before);
  });

  test("is not signed in place of one that was removed, unless it is said to be the first", async () => {
    await first();
    machine.disk.remove(PATH);
    await cutTo(3);
    const refused = await checkpoint();
    expect(refused).toMatchObject({ exitCode: 2, codes: ["signature_missing"], checkpoint: null });
    expect(refused.reasons[0]).toMatch(/if there has never been one, sign it with qsc audit checkpoint --first/);
    expect(machine.disk.read(PATH)).toBeNull();
    expect(await verify()).toMatchObject({ exitCode: 2, codes: ["signature_missing"] });
    expect(await first()).toMatchObject({ verdict: "pass", checkpoint: { number: 3 } });
  });

  test("is not the first one if there is one already, good or not", async () => {
    await first();
    const message = expect.stringMatching(/is not the first one: leave out --first/) as string;
    await expect(first()).rejects.toMatchObject({ code: "invalid_option", message });
    write(PATH, "{");
    await expect(first()).rejects.toMatchObject({ code: "invalid_option", message });
    expect(read(PATH)).toBe("{");
  });

  test("is not made of a log that is broken, missing, or mentioned nowhere", async () => {
    write(PATHS.audit, read(PATHS.audit).replace('"number":2', '"number":9'));
    expect(await first()).toMatchObject({ exitCode: 2, codes: ["audit_broken"] });
    machine.disk.remove(PATHS.audit);
    expect((await first()).codes).toContain("audit_missing");
    machine.disk.remove(PATHS.state);
    await appendAudit(context(), "rollback", {});
    expect(await first()).toMatchObject({ exitCode: 2, codes: ["audit_unanchored"] });
    expect(machine.disk.read(PATH)).toBeNull();
  });

  test("follows one of a former key only if that key is named", async () => {
    await first(other);
    expect(await checkpoint()).toMatchObject({ exitCode: 2, codes: ["signature_invalid"] });
    expect(await checkpoint(key, [other.verification])).toMatchObject({
      verdict: "pass",
      checkpoint: { keyId: key.id },
    });
    expect(await verify([other.verification])).toMatchObject({ codes: ["signature_invalid"] });
  });

  test.each<[string, () => void, RegExp]>([
    [
      "another key",
      () => {
        signed({ number: 5, hash: "0".repeat(64), at: "x" }, other);
      },
      /not one of the trusted keys/,
    ],
    [
      "another payload type",
      () => {
        signed({ number: 5, hash: "0".repeat(64), at: "x" }, key, "application/json");
      },
      /payload type/,
    ],
    [
      "no signature",
      () => {
        write(PATH, read(PATH).replace(/"signatures": \[[^]*\]/, '"signatures": []'));
      },
      /not as qsc audit checkpoint wrote it|no signature/,
    ],
    [
      "a number that is none",
      () => {
        signed({ number: 0, hash: "0".repeat(64), at: "x" });
      },
      /not an entry's number/,
    ],
    [
      "a member that is missing",
      () => {
        signed({ number: 5, hash: "0".repeat(64) });
      },
      /not an entry's number/,
    ],
    [
      "what is not JSON",
      () => {
        write(PATH, "{");
      },
      /is not JSON/,
    ],
  ])("is refused for %s", async (_, change, message) => {
    await first();
    change();
    const found = await verify();
    expect(found).toMatchObject({ exitCode: 2, codes: ["signature_invalid"], checkpoint: null });
    expect(found.reasons[0]).toMatch(message);
    expect(await checkpoint()).toMatchObject({ exitCode: 2, codes: ["signature_invalid"] });
  });

  test("that is missing is named, if a key is", async () => {
    expect(await verify()).toMatchObject({ exitCode: 2, codes: ["signature_missing"], checkpoint: null });
    const document = await verifyAudit(context());
    expect(document.verdict).toBe("pass");
    expect(document).not.toHaveProperty("checkpoint");
  });

  test("is refused for a change of any byte", async () => {
    await first();
    const whole = read(PATH);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 9, max: 126 }), async (at, code) => {
        const changed = whole.slice(0, at) + String.fromCharCode(code) + whole.slice(at + 1);
        fc.pre(changed !== whole);
        write(PATH, changed);
        expect(await verify()).toMatchObject({ exitCode: 2, codes: ["signature_invalid"] });
      }),
      { numRuns: 100 },
    );
  });
});
