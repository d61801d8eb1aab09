import { BASELINE_WEIGHTS, describeRequiring, requireRedis, requireSshd, requireSystemd } from "@qsc-tooling/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { FleetHosts } from "./support/fleet-hosts.js";
import { cutoverWithEnough, MODEL } from "./support/life.js";

describeRequiring(requireSystemd(), "a fleet of three hosts", () => {
  describeRequiring(requireRedis(), "each with a Redis", () => {
    describeRequiring(requireSshd(), "reached over ssh", () => {
      let fleet: FleetHosts;
      beforeAll(async () => {
        fleet = await FleetHosts.start(3);
      });
      afterAll(() => fleet[Symbol.asyncDispose]());

      test("is activated in waves, watched until every host is eligible, promoted, and rolled back with a proof", async () => {
        await Promise.all(fleet.hosts.map((host) => cutoverWithEnough(host)));
        const activated = await fleet.run("activate", "--model", MODEL, "--waves", "1,100%", "--duration", "20s");
        expect(activated, activated.said).toMatchObject({ code: 0, verdict: "pass", reasons: [] });
        expect(activated.hosts.map(({ name, wave, outcome }) => [name, wave, outcome])).toEqual([
          ["host-1", 1, "proven"],
          ["host-2", 2, "proven"],
          ["host-3", 2, "proven"],
        ]);
        const eligible = await fleet.run("monitor");
        expect(eligible, eligible.said).toMatchObject({ code: 0, reasons: [] });
        const promoted = await fleet.run("promote", "--to", "50", "--waves", "1,100%", "--duration", "20s");
        expect(promoted, promoted.said).toMatchObject({ code: 0, reasons: [] });
        const back = await fleet.run("rollback");
        expect(back, back.said).toMatchObject({ code: 0, reasons: [] });
        for (const host of fleet.hosts) {
          const { weights, canary } = await host.newestDecision();
          expect([weights, canary]).toEqual([BASELINE_WEIGHTS, null]);
        }
      });
    });
  });
});
