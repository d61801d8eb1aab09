import { startUserSystemd } from "@qsc-tooling/testkit";
import { userManager } from "../../src/index.js";
import { realConformance } from "../support/real-conformance.js";

// As for a command started outside of a session.
for (const variable of ["XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"]) Reflect.deleteProperty(process.env, variable);

realConformance("systemd (user)", async (systemd) => {
  const { unitDirectory } = await startUserSystemd(systemd);
  return { manager: userManager({ prefix: systemd.prefix, unitDirectory }), units: unitDirectory };
});
