import { afterAll, beforeAll, expect, test } from "vitest";
import { describeRequiring, requireSystemd, startSystemd, temporaryDirectory, type RealSystemd, type TemporaryDirectory } from "@qsc-tooling/testkit";
import { conformance, type Subject } from "../conformance.js";

/** Whether an adapter keeps its promises on a real systemd of its own. */
export function realConformance(label: string, make: (systemd: RealSystemd) => Promise<Pick<Subject, "manager" | "units">>): void {
  describeRequiring(requireSystemd(), `${label}, a real one`, () => {
    let systemd: RealSystemd;
    let scratch: TemporaryDirectory;
    let subject: Subject;

    beforeAll(async () => {
      systemd = await startSystemd();
      scratch = await temporaryDirectory();
      subject = { ...(await make(systemd)), scratch: scratch.path };
    });
    afterAll(async () => {
      await systemd.stop();
      await scratch.remove();
    });

    test("says where it is", () => {
      expect(subject.manager.label).toBe(label);
    });
    conformance(() => subject);
  });
}
