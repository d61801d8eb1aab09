import { inertText, QscError } from "@qsc/contract";
import type { OperationContext } from "@qsc/rollout";
import type { ActingCommand, Session } from "./command.js";
import type { MetricsFile } from "./metrics-file.js";

/** The file for metrics, if the settings name one and the command changes what they say. @throws QscError */
export async function metricsFileOf(
  { name, settings: named = [] }: ActingCommand,
  { settings, judgement, io }: Session,
  { workdir, unit, services }: OperationContext,
): Promise<MetricsFile | null> {
  if (settings.metricsFile === null || !named.includes("metricsFile")) return null;
  // Nothing about settings stands in the way of a rollback.
  if (!settings.metricsFile.endsWith(".prom") && name !== "rollback")
    throw new QscError(
      "invalid_config",
      `The metrics file '${settings.metricsFile}' has a name that node_exporter does not read; let it end in .prom.`,
    );
  const [{ MetricsFile }, { guardName }] = await Promise.all([import("./metrics-file.js"), import("@qsc/rollout")]);
  return new MetricsFile(settings.metricsFile, {
    place: { workdir, unit },
    toolVersion: judgement.toolVersion,
    isDeadManArmed: async () => (await services.guardState(guardName(unit))) === "armed",
    say: (sentence) => {
      io.err(`qsc: ${inertText(sentence)}\n`);
    },
  });
}
