import { expect, test } from "vitest";
import { answerOf } from "../src/ssh/answer.js";
import { sshArgv } from "../src/ssh/argv.js";

const pass = { kind: "activate", verdict: "pass", exitCode: 0, reasons: [], digest: "x" };
const fail = { kind: "activate", verdict: "fail", exitCode: 2, reasons: ["no"], codes: ["gate_refused"] };
const said = (document: unknown, exitCode: number | null) =>
  answerOf(
    { exitCode, stdout: typeof document === "string" ? document : JSON.stringify(document), stderr: "" },
    "activate",
  );

test("a document that agrees with the exit code is an answer", () => {
  expect(said(pass, 0)).toMatchObject({ kind: "proven" });
  expect(said(fail, 2)).toMatchObject({ kind: "refused", document: { reasons: ["no"] } });
  const error = { kind: "error", verdict: "unknown", exitCode: 2, code: "canary_locked", message: "held" };
  expect(said(error, 2)).toMatchObject({ kind: "refused", document: { reasons: ["held"], codes: ["canary_locked"] } });
});

test.each<[string, unknown, number | null]>([
  ["nothing", "", 0],
  ["other words", "Welcome to host-1", 0],
  ["a greeting before it", `Welcome\n${JSON.stringify(pass)}`, 0],
  ["two documents", JSON.stringify(pass) + JSON.stringify(pass), 0],
  ["another exit code", pass, 2],
  ["a refusal with exit 0", fail, 0],
  ["a pass with reasons", { ...pass, reasons: ["no"] }, 0],
  ["a fail without a reason to fail", { ...fail, verdict: "pass" }, 2],
  ["another command's pass", { ...pass, kind: "status" }, 0],
  ["a number", 0, 0],
  ["null", null, 0],
])("%s is unclear, never proven", (_, document, exitCode) => {
  expect(said(document, exitCode).kind).toBe("unclear");
});

test("an ssh that failed, or was killed, is unreachable, whatever came", () => {
  expect(said(pass, 255).kind).toBe("unreachable");
  expect(said(pass, null).kind).toBe("unreachable");
});

test("the words of a command reach the host's shell as they are", () => {
  const host = { ssh: "qsc@h", config: null };
  const argv = sshArgv({ qsc: ["qsc"], sshConfig: null }, host, ["rollback", "--reason", "it's $(bad); rm -rf `x`\n"]);
  expect(argv.slice(-3)).toEqual(["--", "qsc@h", "exec qsc rollback --reason 'it'\\''s $(bad); rm -rf `x`\n'"]);
});
