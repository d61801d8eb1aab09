import { QscError } from "@qsc/contract";
import { describe, expect, test } from "vitest";
import { PATHS, Process, type Plant } from "./model/process.js";
import { run } from "./model/run.js";
import { canaryMachine, takingBack } from "./model/scenarios.js";

const refused = (): Promise<never> => Promise.reject(new QscError("service_permission", "Not this user."));

/** The lease after a rollback on a host with these faults. */
async function leaseAfter(faults: Partial<ReturnType<Plant>["services"]>): Promise<string> {
  const machine = await canaryMachine();
  const plant: Plant = (context) => ({ ...context, services: { ...context.services, ...faults } });
  await run(machine, new Process(machine, { plant }), takingBack);
  return machine.disk.read(PATHS.lease)?.trim() ?? "";
}

describe("what a rollback says about the processes of earlier starts", () => {
  test("is clean if none is left", async () => {
    expect(await leaseAfter({})).toMatch(/^$|^clean /);
  });

  test("is not clean if the kill was refused and leftovers are unknown: the dead-man acts again", async () => {
    expect(await leaseAfter({ kill: refused, leftovers: refused })).not.toMatch(/^$|^clean /);
  });
});
