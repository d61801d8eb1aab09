import { QscError } from "@qsc/contract";
import { type ActingCommand, text } from "../command.js";

/** `qsc notify`. */
export const notifyCommand: ActingCommand = {
  kind: "acts",
  name: "notify",
  positional: {
    name: "action",
    choices: ["run", "test"],
    description: "run: send what the audit log tells, until stopped; test: send a marked test",
  },
  optional: { name: "channel", description: "test: only this channel [all]" },
  summary: "Tell people and systems what happens to a canary. Exit 0 accepted, 2 not",
  options: {},
  examples: [
    ["$0 notify test", "sends a marked test to every channel, and says what each answered"],
    ["$0 notify run --config /var/lib/qsc/qsc.config.yaml", "the service of qsc init --notify: until it is stopped"],
  ],
  report: "none",
  readsNoPolicy: true,
  run: async (session) => {
    const { flags } = session;
    const channel = text(flags, "channel");
    const { runNotify, testNotify } = await import("../notify/commands.js");
    if (flags["action"] === "test") return testNotify(session, channel);
    if (channel === null) return runNotify(session);
    throw new QscError("usage", `qsc notify run sends to all channels; leave '${channel}' out.`);
  },
};
