import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  describeRequiring,
  requireSystemd,
  startSystemd,
  startUserSystemd,
  type RealSystemd,
} from "@qsc-tooling/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemManager, userManager, type ServiceManager } from "../../src/index.js";
import { eventually, serviceError } from "../support/eventually.js";

const TIMEOUT_MS = 10_000;
const STARTS = 5;
const JOURNAL = "systemd-journald.service";

describeRequiring(requireSystemd(), "the error of a start whose process is gone before the journal inspects it", () => {
  let systemd: RealSystemd;
  beforeAll(async () => {
    systemd = await startSystemd();
  });
  afterAll(() => systemd.stop());

  test.for<readonly [string, (systemd: RealSystemd) => Promise<{ manager: ServiceManager; units: string }>]>([
    [
      "system",
      ({ prefix, unitDirectory }) =>
        Promise.resolve({ manager: systemManager({ prefix, unitDirectory }), units: unitDirectory }),
    ],
    [
      "user",
      async ({ prefix }) => {
        const { unitDirectory } = await startUserSystemd(systemd);
        return { manager: userManager({ prefix, unitDirectory }), units: unitDirectory };
      },
    ],
  ])("quotes its last words and not those of another start: %s", async ([name, make]) => {
    const { manager, units } = await make(systemd);
    const unit = `${name}-words.service`;
    await writeFile(
      join(units, unit),
      [
        "[Unit]",
        "StartLimitIntervalSec=0",
        "[Service]",
        'ExecStart=/bin/sh -c "echo words of $$INVOCATION_ID; kill -9 $$$$"',
        "",
      ].join("\n"),
    );
    await manager.reload();
    for (let start = 0; start < STARTS; start += 1) {
      const before = await manager.state(unit);
      await systemd.signal(JOURNAL, "STOP");
      const starting = serviceError(manager.start(unit, TIMEOUT_MS));
      await eventually(async () => {
        const { active, invocationId } = await manager.state(unit);
        return active === "failed" && invocationId !== before.invocationId;
      });
      await systemd.signal(JOURNAL, "CONT");
      const { message } = await starting;
      expect(message.match(/words of \w+/g)).toEqual([`words of ${(await manager.state(unit)).invocationId ?? ""}`]);
      // The manager also has a line.
      expect(message).toContain("Main process exited");
    }
  });
});
