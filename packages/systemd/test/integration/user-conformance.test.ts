import { startUserSystemd } from "@qsc-tooling/testkit";
import { userManager } from "../../src/index.js";
import { realConformance } from "../support/real-conformance.js";

realConformance("systemd (user)", async (systemd) => {
  const { unitDirectory } = await startUserSystemd(systemd);
  return { manager: userManager({ prefix: systemd.prefix, unitDirectory }), units: unitDirectory };
});
