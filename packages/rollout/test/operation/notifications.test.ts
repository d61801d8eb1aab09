import { beforeEach, describe, expect, test } from "vitest";
import type { OperationDocument } from "@qsc/contract";
import type { OperationContext } from "../../src/operation/context.js";
import { preflight } from "../../src/preflight.js";
import { status } from "../../src/status.js";
import type { Machine } from "../canary/model/machine.js";
import { Process } from "../canary/model/process.js";
import { run } from "../canary/model/run.js";
import { activation, baselineMachine, canaryMachine, takingBack } from "../canary/model/scenarios.js";

let machine: Machine;
beforeEach(async () => {
  machine = await baselineMachine();
});

type Notifications = OperationContext["notifications"];

/** The document of a command on a host whose notifications answer this. */
async function documentOf<Document extends OperationDocument>(
  command: (context: OperationContext) => Promise<Document>,
  notifications: Notifications,
): Promise<Document> {
  const plant = (context: OperationContext): OperationContext => ({ ...context, notifications: notifications ?? null });
  const outcome = await run(machine, new Process(machine, { plant }), command);
  if (outcome.kind !== "done") throw new Error("the command did not end", { cause: outcome });
  return outcome.document;
}

const failing: Notifications = () =>
  Promise.resolve({ said: "1 channels, 3 messages wait", warnings: ["Notification channel ops fails: HTTP 500."] });

const COMMANDS: readonly (readonly [string, (context: OperationContext) => Promise<OperationDocument>])[] = [
  ["status", status],
  ["preflight", (context) => preflight(context, { repository: null, nodeVersion: "20.20.0", requiredEnvironment: [] })],
  ["activate", (context) => activation(context)],
];

describe.each(COMMANDS)("%s", (_name, command) => {
  test("warns of a channel that fails, and its answer is the same", async () => {
    const with_ = await documentOf(command, failing);
    machine = await baselineMachine();
    const without = await documentOf(command, null);
    expect(with_.warnings).toContain("Notification channel ops fails: HTTP 500.");
    expect({ exitCode: with_.exitCode, reasons: with_.reasons }).toEqual({
      exitCode: without.exitCode,
      reasons: without.reasons,
    });
    expect(without.warnings.join()).not.toContain("otification");
  });

  test("says that it is unknown if that cannot be told, and does not wait for it", async () => {
    for (const notifications of [
      () => Promise.reject(new Error("no room")),
      () => new Promise<never>(() => undefined),
    ]) {
      machine = await baselineMachine();
      const { warnings } = await documentOf(command, notifications);
      expect(warnings.join()).toContain("Whether notifications are sent is unknown");
    }
  });
});

test("a rollback does not even ask", async () => {
  let asked = 0;
  const notifications: Notifications = () => {
    asked += 1;
    return new Promise<never>(() => undefined);
  };
  machine = await canaryMachine();
  expect(await documentOf((context) => takingBack(context), notifications)).toMatchObject({ exitCode: 0 });
  expect(asked).toBe(0);
});
