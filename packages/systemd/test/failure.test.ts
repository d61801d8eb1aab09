import { describe, expect, test } from "vitest";
import { type systemManager } from "../src/index.js";
import { run } from "../src/host/run.js";
import { failureOf } from "../src/systemd/failure.js";
import { collect, serviceError } from "./support/eventually.js";
import { answering } from "./support/pretended.js";

const cases = [
  ["Failed to start engine.service: Access denied", 4, "service_permission", "polkit"],
  ["Failed to stop engine.service: Interactive authentication required.", 1, "service_permission", "polkit"],
  ["Failed to connect to bus: Permission denied", 1, "service_permission", "polkit"],
  ["Failed to connect to bus: No medium found", 1, "service_unreachable", "Check that systemd runs there"],
  [
    "System has not been booted with systemd as init system (PID 1). Can't operate.\nFailed to connect to bus: Host is down",
    1,
    "service_unreachable",
    "Check that systemd runs there",
  ],
  ["ssh: connect to host engine.test port 22: Connection refused", 255, "service_unreachable", "the host is up"],
  [
    "op@engine.test: Permission denied (publickey).\nFailed to start engine.service: Transport endpoint is not connected",
    1,
    "service_unreachable",
    "may reach it",
  ],
  [
    "Host key verification failed.\nFailed to get properties: Transport endpoint is not connected",
    1,
    "service_unreachable",
    "may reach it",
  ],
  ["sh: 1: systemctl: not found", 127, "service_unreachable", "Check that systemd runs there"],
  ["Failed to stop engine.service: Unit engine.service not loaded.", 5, "service_missing", "Check the unit's name"],
  ["Failed to start engine.service: Unit engine.service not found.", 5, "service_missing", "Check the unit's name"],
  [
    "Job for engine.service failed because the control process exited with error code.",
    1,
    "service_failed",
    "systemctl status",
  ],
  ["", 1, "service_failed", "systemctl status"],
] as const;

describe("turns a command's message into a code and advice", () => {
  test.each(cases)("%j", (stderr, exitCode, code, advice) => {
    const error = failureOf(
      { command: "systemctl start engine.service", exitCode, stdout: "", stderr, ended: "by-itself" },
      "engine.service",
      "Starting engine.service failed",
    );
    expect(error).toMatchObject({
      code,
      unit: "engine.service",
      command: "systemctl start engine.service",
      commandExit: exitCode,
      stderr,
    });
    expect(error.message).toMatch(
      new RegExp(`^Starting engine.service failed \\('systemctl start engine.service' ended with ${exitCode}\\)`),
    );
    expect(error.message).toContain(advice);
    expect(error.message.trim().split("\n")).toHaveLength(1);
  });

  test("reports a command that hangs, is killed or is missing", async () => {
    const outcome = { command: "x", exitCode: null, stdout: "", stderr: "" };
    expect(failureOf({ ...outcome, ended: "timeout" }, null, "It failed")).toMatchObject({
      code: "service_timeout",
      commandExit: null,
    });
    expect(failureOf({ ...outcome, ended: "signal" }, null, "It failed")).toMatchObject({ code: "service_failed" });
    const missing = await run(["/nonexistent/systemctl"], { timeoutMs: 5_000 });
    expect(missing).toMatchObject({ ended: "not-found", exitCode: null });
    expect(failureOf(missing, null, "It failed")).toMatchObject({
      code: "service_unreachable",
      command: "/nonexistent/systemctl",
    });
    expect(await run(["/bin/sh", "-c", "exec sleep 60"], { timeoutMs: 50 })).toMatchObject({ ended: "timeout" });
    expect(await run(["/bin/sh", "-c", "kill -9 $$"], { timeoutMs: 5_000 })).toMatchObject({
      ended: "signal",
      exitCode: null,
    });
  });

  test("neutralizes another program's escape sequences", () => {
    const outcome = {
      command: "x",
      exitCode: 1,
      stdout: "",
      stderr: "\u001b[31mred\u0007",
      ended: "by-itself" as const,
    };
    expect(failureOf(outcome, null, "It failed").message).not.toMatch(/\p{Cc}/u);
  });
});

describe("every method reports the failure", () => {
  const [stderr, exit] = ["Failed to connect to bus: No medium found", 1];

  test.each([
    ["state", (m: ReturnType<typeof systemManager>) => m.state("a.service")],
    ["reload", (m: ReturnType<typeof systemManager>) => m.reload()],
    ["resetFailed", (m: ReturnType<typeof systemManager>) => m.resetFailed("a.service")],
    ["stop", (m: ReturnType<typeof systemManager>) => m.stop("a.service", 5_000)],
    ["start", (m: ReturnType<typeof systemManager>) => m.start("a.service", 5_000)],
    [
      "journal",
      (m: ReturnType<typeof systemManager>) => collect(m.journal("a.service", { invocationId: "0".repeat(32) })),
    ],
    ["guardState", (m: ReturnType<typeof systemManager>) => m.guardState("a")],
    ["disarmGuard", (m: ReturnType<typeof systemManager>) => m.disarmGuard("a")],
    [
      "armGuard",
      (m: ReturnType<typeof systemManager>) =>
        m.armGuard({ name: "a", command: ["/bin/true"], everySeconds: 1, afterBootSeconds: 1, description: "" }),
    ],
  ] as const)("%s", async (_, call) => {
    const error = await serviceError(call(await answering({ stderr, exit })));
    expect(error).toMatchObject({ code: "service_unreachable", commandExit: 1, stderr });
    expect(error.command).toMatch(/systemctl|journalctl/);
  });
});

test.each([
  ["nothing at all", ""],
  ["no main process", "ControlGroup=\n"],
  ["no control group", "MainPID=0\n"],
  ["a main process that is no number", "ControlGroup=\nMainPID=\n"],
])("processes that are left are unknown, not none, where systemctl shows %s", async (_, stdout) => {
  const manager = await answering({ stdout });
  expect(await serviceError(manager.leftovers("a.service"))).toMatchObject({ code: "service_unreachable" });
});

test("a unit without a main process and a control group has nothing left", async () => {
  expect(await (await answering({ stdout: "MainPID=0\nControlGroup=\n" })).leftovers("a.service")).toEqual([]);
});
