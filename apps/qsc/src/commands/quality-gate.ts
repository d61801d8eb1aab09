import { QscError, type GateMode } from "@qsc/contract";
import type { JudgingCommand, JudgingSession } from "../command.js";
import { progressPrinter } from "../progress.js";
import { THREADS_OPTION } from "../options.js";
import { askedOf, SHADOW_FLAG, type Asked } from "../shadow-flags.js";
import { SPREAD_OPTIONS } from "../spread/options.js";

/** `qsc quality-gate`. */
export const qualityGateCommand: JudgingCommand = {
  kind: "judges",
  name: "quality-gate",
  summary: "May a model take traffic? Exit 0 pass, 2 not, 3 collection complete",
  options: {
    mode: {
      type: "string",
      choices: ["collection", "canary"],
      demandOption: "pass --mode collection (only gathers evidence) or --mode canary (may permit traffic)",
      description: "collection: 100 events, at best exit 3; canary: 200 events, exit 0 permits traffic",
    },
    model: { type: "string", description: "The model that must pass; default: any model" },
    shadow: SHADOW_FLAG,
    against: {
      type: "string",
      description: "With --shadow: compare it with this model on the same decisions; a proven difference is not a pass",
    },
    wait: {
      type: "boolean",
      default: false,
      description: "Wait until there are enough events, and estimate when",
    },
    threads: THREADS_OPTION,
    ...SPREAD_OPTIONS,
  },
  settings: ["queue", "modelKey", "modelSignature"],
  spreads: true,
  examples: [
    ["$0 quality-gate --mode collection --after 2026-01-11T08:30:00Z --wait", "gather evidence after a restart"],
    ["$0 quality-gate --mode canary --model xgb --after 2026-01-11T08:30:00Z", "may xgb take traffic?"],
    [
      "$0 quality-gate --mode canary --shadow --model xgb2 --against xgb --after 2026-01-11T08:30:00Z",
      "may the shadow xgb2 take traffic, and does it answer as xgb does?",
    ],
    ["$0 quality-gate --mode canary --source file:intents.ndjson.gz --json", "judge a recorded log, for a script"],
  ],
  follows: ({ wait }) => wait === true,
  run: async (session) => {
    const mode = session.flags["mode"] as GateMode;
    const asked = askedOf(session.flags);
    const { qualityGate } = await import("@qsc/rollout/judging");
    if (session.flags["wait"] === true) await waitForEnough(session, mode, asked);
    return qualityGate(session.source, { ...session.window, mode, ...asked }, session.judgement);
  },
};

async function waitForEnough(session: JudgingSession, mode: GateMode, { model, shadow }: Asked): Promise<void> {
  const { source, window, judgement, io, quiet, signal } = session;
  if (window.asOf !== null) {
    throw new QscError(
      "usage",
      "--wait and --as-of exclude each other; leave one of them out: nothing arrives in the past.",
    );
  }
  const { waitForEvents } = await import("@qsc/rollout/judging");
  const printer = progressPrinter(io, quiet);
  try {
    await waitForEvents(source, window, {
      policy: judgement.policy,
      model,
      shadow,
      need: judgement.policy.minEvents[mode],
      now: judgement.now,
      signal,
      onProgress: printer.show,
    });
  } finally {
    printer.end();
  }
}
