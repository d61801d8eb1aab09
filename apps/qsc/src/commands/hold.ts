import { QscError } from "@qsc/contract";
import { type ServingCommand, text } from "../command.js";
import { HEARTBEAT_OPTION, heartbeatSignal } from "../heartbeat.js";

/** `qsc hold`. */
export const holdCommand: ServingCommand = {
  kind: "serves",
  name: "hold",
  summary: "Keep other fleets' commands off this host while this one runs: for qsc fleet",
  options: {
    by: {
      type: "string",
      demandOption: "say with --by who holds the host",
      description: "Who holds it, for those who find it held",
    },
    ...HEARTBEAT_OPTION,
  },
  examples: [
    ["$0 hold --by 'ops on control-1' --heartbeat 30s", "what qsc fleet runs on each host before it acts"],
    ["$0 hold --by 'maintenance until noon'", "by hand: no fleet acts on this host until Ctrl-C"],
  ],
  run: async ({ settings, flags, io, signal, stdin }) => {
    const by = text(flags, "by") ?? "";
    if (by.trim() === "") throw new QscError("usage", "--by is empty; say who holds the host.");
    const until = heartbeatSignal(flags, signal, stdin);
    const [{ fileLock }, { unitPlace }] = await Promise.all([
      import("@qsc/rollout"),
      import("../operation-context.js"),
    ]);
    const { services, unit, lockDirectory: directory } = await unitPlace(settings);
    const lock = fileLock({ directory, name: "fleet", deed: `holds ${unit} (${services.label})`, holder: by });
    const release = await lock.acquire(0, until);
    try {
      io.deliver(`${JSON.stringify({ held: true })}\n`);
      await new Promise<void>((resolve) => {
        if (until.aborted) resolve();
        until.addEventListener("abort", () => {
          resolve();
        });
      });
    } finally {
      await release();
    }
  },
};
