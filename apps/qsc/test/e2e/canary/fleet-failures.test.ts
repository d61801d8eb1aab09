import { BASELINE_WEIGHTS, describeRequiring, requireRedis, requireSshd, requireSystemd } from "@qsc-tooling/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FleetHosts } from "./support/fleet-hosts.js";
import { cutoverWithEnough, MODEL, stateOf } from "./support/life.js";

const ACTIVATE = ["--model", MODEL, "--waves", "1,100%"];

describeRequiring(requireSystemd(), "a fleet of three hosts, of which one goes wrong", () => {
  describeRequiring(requireRedis(), "each with a Redis", () => {
    describeRequiring(requireSshd(), "reached over ssh", () => {
      let fleet: FleetHosts;
      beforeEach(async () => {
        fleet = await FleetHosts.start(3);
        await Promise.all(fleet.hosts.map((host) => cutoverWithEnough(host)));
      });
      afterEach(() => fleet[Symbol.asyncDispose]());

      /** The baseline is what each engine serves now. */
      async function expectBaselines(): Promise<void> {
        for (const host of fleet.hosts) {
          await host.until("the baseline", async () => (await host.newestDecision()).canary === null);
          expect((await host.newestDecision()).weights).toEqual(BASELINE_WEIGHTS);
        }
      }

      test("rolls back every host when the second wave fails on one", async () => {
        await fleet.hosts[2]?.tell("constant_output");
        const document = await fleet.run("activate", ...ACTIVATE);
        expect(document, document.said).toMatchObject({ code: 2, verdict: "fail", codes: ["host_failed"] });
        expect(document.reasons.join()).toContain("host-3: ");
        expect(document.hosts.map(({ outcome }) => outcome)).toEqual(["rolled_back", "rolled_back", "rolled_back"]);
        await expectBaselines();
      });

      test("rolls back every host when a watch finds a violation on one", async () => {
        const activated = await fleet.run("activate", ...ACTIVATE);
        expect(activated, activated.said).toMatchObject({ code: 0 });
        const watch = fleet.start("monitor");
        await fleet.hosts[1]?.tell("constant_output");
        const document = await watch.ended;
        expect(document, document.said).toMatchObject({ code: 2, codes: ["host_failed"] });
        expect(document.reasons.join()).toContain("host-2: ");
        expect(document.hosts.map(({ outcome }) => outcome)).toEqual(["rolled_back", "rolled_back", "rolled_back"]);
        await expectBaselines();
      });

      test("touches no host when one cannot be reached", async () => {
        await fleet.sshds[1]?.stop();
        const document = await fleet.run("activate", ...ACTIVATE);
        expect(document, document.said).toMatchObject({ code: 2, verdict: "unknown", codes: ["host_unreachable"] });
        expect(document.hosts.map(({ outcome }) => outcome)).toEqual(["untouched", "untouched", "untouched"]);
        expect(await Promise.all(fleet.hosts.map((host) => stateOf(host)))).toEqual([null, null, null]);
      });

      test.each(["KILL", "STOP"])(
        "rolls back every host when one is cut off by a SIG%s of its ssh: that one by its own dead-man",
        async (signal) => {
          const activated = await fleet.run("activate", ...ACTIVATE);
          expect(activated, activated.said).toMatchObject({ code: 0 });
          const watch = fleet.start("monitor");
          const [, cut] = fleet.hosts;
          await cut?.until("its watch", async () => watch.said().includes("host-2  phase canary"));
          await cut?.systemd.run("pkill", `-${signal}`, "sshd");
          const document = await watch.ended;
          expect(document, document.said).toMatchObject({ code: 2, codes: ["host_unreachable"] });
          expect(document.hosts.map(({ outcome }) => outcome)).toEqual(["rolled_back", "unreachable", "rolled_back"]);
          const until = Date.parse(document.hosts[1]?.until ?? "");
          expect(until).toBeGreaterThan(Date.now());
          await expectBaselines();
          expect(Date.now(), "it said until when").toBeLessThan(until);
        },
      );

      test("rolls back every host when the watch on one is frozen: that one by its own dead-man", async () => {
        const activated = await fleet.run("activate", ...ACTIVATE);
        expect(activated, activated.said).toMatchObject({ code: 0 });
        const watch = fleet.start("monitor");
        const [, frozen] = fleet.hosts;
        await frozen?.until("its watch", async () => watch.said().includes("host-2  phase canary"));
        await frozen?.systemd.run("pkill", "-STOP", "-f", "qsc.js monitor --stay");
        const document = await watch.ended;
        expect(document, document.said).toMatchObject({ code: 2, codes: ["host_failed"] });
        expect(document.reasons.join()).toContain("host-2: ");
        await expectBaselines();
      });

      test("goes on where it was interrupted, and lets no second operator act meanwhile", async () => {
        const first = fleet.start("activate", ...ACTIVATE, "--soak", "10m");
        await fleet.hosts[0]?.until("the first wave", async () => first.said().includes("host-1  activate: proven"));
        const second = await fleet.run("promote", "--to", "50");
        expect(second, second.said).toMatchObject({ code: 2, codes: ["host_failed", "host_failed", "host_failed"] });
        expect(second.reasons.join()).toContain("qsc fleet of ");
        expect(second.hosts.map(({ outcome }) => outcome)).toEqual(["untouched", "untouched", "untouched"]);
        first.interrupt();
        const interrupted = await first.ended;
        expect(interrupted, interrupted.said).toMatchObject({ code: 2, codes: ["interrupted"] });
        expect(interrupted.hosts.map(({ outcome }) => outcome)).toEqual(["proven", "untouched", "untouched"]);
        expect(interrupted.warnings.join()).toContain("that nothing watches");
        const boot = (await fleet.hosts[0]?.newestDecision())?.bootId;
        const again = await fleet.run("activate", ...ACTIVATE);
        expect(again, again.said).toMatchObject({ code: 0, reasons: [] });
        expect((await fleet.hosts[0]?.newestDecision())?.bootId, "the first host is not activated twice").toBe(boot);
        const back = await fleet.run("rollback");
        expect(back, back.said).toMatchObject({ code: 0 });
        await expectBaselines();
      });
    });
  });
});
