import { describe, expect, test } from "vitest";
import { answering } from "./support/pretended.js";

/** What systemctl shows of a guard that is armed; the service's and the timer's properties in one answer. */
const ARMED = {
  LoadState: "loaded",
  ActiveState: "active",
  SubState: "waiting",
  UnitFileState: "enabled",
  Result: "success",
  ExecMainStatus: "0",
  NeedDaemonReload: "no",
  InvocationID: "",
  DropInPaths: "",
};

async function stateOf(shown: Readonly<Record<string, string>>): Promise<unknown> {
  const lines = Object.entries(shown).map(([name, value]) => `${name}=${value}\n`);
  return (await answering({ stdout: lines.join("") })).guardState("a");
}

describe("a guard counts as armed only if systemctl shows everything about it", () => {
  test("the whole answer", async () => {
    expect(await stateOf(ARMED)).toBe("armed");
  });

  test.each(["SubState", "Result", "ExecMainStatus", "NeedDaemonReload", "DropInPaths"])(
    "an answer without %s is broken, and names it",
    async (name) => {
      const rest = Object.fromEntries(Object.entries(ARMED).filter(([key]) => key !== name));
      expect(await stateOf(rest)).toEqual({ broken: expect.stringContaining(`does not show ${name} of `) as unknown });
    },
  );

  test("the answer of a unit with a drop-in of its own is broken", async () => {
    const dropIn = "/etc/systemd/system/a.service.d/other.conf";
    expect(await stateOf({ ...ARMED, DropInPaths: dropIn })).toEqual({
      broken: `${dropIn} changes what it does: remove that drop-in`,
    });
  });
});
