import type { JournalOf } from "@qsc/rollout";
import type { JudgingCommand, JudgingSession } from "../command.js";
import { THREADS_OPTION } from "../options.js";
import { askedOf, SHADOW_FLAG } from "../shadow-flags.js";
import { SPREAD_OPTIONS } from "../spread/options.js";

/** `qsc diagnose`. */
export const diagnoseCommand: JudgingCommand = {
  kind: "judges",
  name: "diagnose",
  summary: "Why does a model fail, and what next? Exit 0 when the diagnosis was made",
  options: {
    model: { type: "string", description: "Diagnose only this model; default: all" },
    shadow: SHADOW_FLAG,
    threads: THREADS_OPTION,
    ...SPREAD_OPTIONS,
  },
  settings: ["services", "host", "queue", "modelKey", "modelSignature"],
  spreads: true,
  examples: [
    ["$0 diagnose --after 2026-01-11T08:30:00Z", "all models since the restart, compared with before"],
    [
      "$0 diagnose --model patchtst --unit quantum-ai-engine.service",
      "one model, with what the unit's journal says about it",
    ],
    ["$0 diagnose --shadow --model xgb2", "a model that answers as a shadow, without a vote"],
  ],
  run: async (session) => {
    const { source, window, judgement, flags } = session;
    const { model, shadow } = askedOf(flags);
    const { diagnose } = await import("@qsc/rollout/judging");
    return diagnose(source, { ...window, model, shadow, journal: await journalOf(session) }, judgement);
  },
};

async function journalOf({ source, settings }: JudgingSession): Promise<JournalOf> {
  if (settings.unit === null)
    return { skipped: "No unit is named, so no journal was read; name the engine's unit with --unit." };
  if (!source.live)
    return { skipped: `The source is a recording, and the journal of ${settings.unit} may not belong to it.` };
  const { servicesOf } = await import("../operation-context.js");
  return { services: servicesOf(settings), unit: settings.unit };
}
