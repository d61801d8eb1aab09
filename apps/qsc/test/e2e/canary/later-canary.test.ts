import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { BASELINE_WEIGHTS, CanaryHost, describeRequiring, requireRedis, requireSystemd } from "@qsc-tooling/testkit";
import type { RunningQsc } from "@qsc-tooling/testkit";
import type { HistoryDocument, RollbackDocument, StatusDocument } from "@qsc/contract";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectBaseline } from "./support/baseline.js";
import { activated, cutoverWithEnough, MODEL, ran, stateOf } from "./support/life.js";

const ENGINE = { kind: "scripted", rate: 200, seed: 20_261_130 } as const;
/** The stop takes a while, so that a command can be stopped within it. */
const SLOW = ["ExecStop=/bin/sleep 3", "TimeoutStopSec=5"];

describeRequiring(requireSystemd(), "a rollback that is stopped until another canary is live", () => {
  describeRequiring(requireRedis(), "on a real Redis", () => {
    let host: CanaryHost;
    beforeAll(async () => {
      host = await CanaryHost.start({ engine: ENGINE, service: SLOW });
    });
    afterAll(() => host[Symbol.asyncDispose]());

    /** A command that holds the unit's lock and hangs. Answers how to end it. */
    async function lockHolder(): Promise<() => Promise<void>> {
      const lock = join(dirname(host.dropIn), ".qsc-acts.lock");
      const hold = `flock "${lock}" sleep 900 >/dev/null 2>&1 & echo $!`;
      const { stdout } = await host.systemd.run("sh", "-c", hold);
      await host.until("the lock", async () => (await isHeld(lock)) === "held");
      return async () => {
        const pid = stdout.trim();
        // First flock: it ends by itself as soon as its child has.
        await host.systemd.run("sh", "-c", `child=$(cat /proc/${pid}/task/*/children) && kill ${pid} && kill $child`);
      };
    }

    /** Until then, a stop of the command may fall between its last comparison and its effect, where nothing can tell. */
    async function isStopping(): Promise<boolean> {
      const { stdout } = await host.systemd.run("systemctl", "show", "-p", "ActiveState", "--value", host.unit);
      return stdout.trim() === "deactivating";
    }

    async function isHeld(lock: string): Promise<string> {
      return (await host.systemd.run("sh", "-c", `flock -n "${lock}" echo free || echo held`)).stdout.trim();
    }

    const moments: readonly [string, (rollback: RunningQsc, former: string) => Promise<boolean>][] = [
      [
        "while it waits for the lock",
        async (rollback) => {
          const fds = `ls -l /proc/${await rollback.pid()}/fd 2>/dev/null | grep -c qsc-acts || true`;
          return (await host.systemd.run("sh", "-c", fds)).stdout.trim() !== "0";
        },
      ],
      [
        "when it has removed the drop-in, and the unit stops",
        async () => !existsSync(host.dropIn) && (await stateOf(host))?.phase === "rolling_back" && (await isStopping()),
      ],
      [
        "while it waits for the proof",
        async (_, former) => {
          const { bootId, canary } = await host.newestDecision();
          return canary === null && bootId !== former;
        },
      ],
    ];

    test.each(moments)("%s: leaves that alone, and says so", async (_, isThere) => {
      const former = await activated(host, "--watch-unit", "none");
      const end = await lockHolder();
      const rollback = host.startQsc("rollback", "--take-over", "--reason", "the stopped one");
      await host.until("the moment", () => isThere(rollback, former.bootId));
      await host.signal(rollback, "STOP");
      await end();
      const other = await ran<RollbackDocument>(host.qsc("rollback", "--reason", "the other one"));
      expect(other).toMatchObject({ code: 0, reasons: [] });
      await cutoverWithEnough(host);
      const { bootId } = await activated(host, "--watch-unit", "none");
      rollback.resume();
      const document = await ran<RollbackDocument>(rollback.ended);
      expect(document).toMatchObject({ code: 2, codes: ["canary_replaced"] });
      expect(document.reasons.join(" ")).toMatch(
        /^This rollback was asked for the canary patchtst at 10 % .*another canary now.*keeps it.*Run qsc status/,
      );
      const served = await host.newestDecision();
      expect(served).toMatchObject({ bootId, canary: { model: MODEL, weight: 0.1 } });
      expect(await ran<StatusDocument>(host.qsc("status"))).toMatchObject({ code: 0, phase: "canary", reasons: [] });
      const history = await ran<HistoryDocument>(host.qsc("history"));
      expect(history).toMatchObject({ code: 0 });
      expect(history.canaries.slice(0, 2).map(({ outcome }) => outcome)).toEqual(["canary", "rolled_back"]);
      expect(await ran<RollbackDocument>(host.qsc("rollback"))).toMatchObject({ code: 0 });
      await expectBaseline(host, bootId, BASELINE_WEIGHTS);
    });
  });
});
