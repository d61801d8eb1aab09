import { delimiter } from "node:path";
import { sshInto } from "@qsc-tooling/testkit";
import { remoteManager } from "../../src/index.js";
import { realConformance } from "../support/real-conformance.js";

// Real except for the network: `ssh` is a program that runs its command inside the throw-away systemd.
realConformance("systemd on root@engine.test", async (systemd) => {
  process.env["PATH"] = [await sshInto(systemd), process.env["PATH"]].join(delimiter);
  return { manager: remoteManager("root@engine.test"), units: systemd.unitDirectory };
});
