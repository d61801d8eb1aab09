import { ModelError } from "../errors.js";
import { askProbe } from "../load/probe.js";
import { closeQuietly } from "../load/open-session.js";
import type { GoldenProbe } from "../manifest-probe.js";
import type { ModelManifest } from "../manifest.js";
import type { CallContext } from "../predictor.js";
import { named } from "../words.js";
import type { Runtime } from "../runtime.js";

/**
 * The model's answers to the inputs of a manifest's probes, in their order.
 * @throws ModelError the reason why it does not answer; `probe_mismatch` if it answers one input in two ways
 */
export async function goldenAnswers(
  bytes: Uint8Array,
  manifest: ModelManifest,
  runtime: Runtime,
  context: CallContext,
): Promise<readonly GoldenProbe["output"][]> {
  if (manifest.probes.length === 0) return [];
  const session = await runtime.open(bytes, manifest);
  try {
    const answers: GoldenProbe["output"][] = [];
    for (const [index, { input }] of manifest.probes.entries()) {
      const title = `Input ${index + 1}`;
      const data = Float64Array.from(input.flat());
      const [first, second] = [
        await askProbe(session, manifest, context, data, title),
        await askProbe(session, manifest, context, data, title),
      ];
      if (first.label !== second.label || first.confidence !== second.confidence) {
        const [one, other] = [first, second].map(({ label, confidence }) => `${named(label)} with ${confidence}`);
        const problem = `${title}: answered ${one ?? ""}, and then ${other ?? ""}: such a model has no golden answer`;
        throw new ModelError("probe_mismatch", `${problem}; leave the inputs out`);
      }
      answers.push({ label: first.label, confidence: first.confidence });
    }
    return answers;
  } finally {
    await closeQuietly(session);
  }
}
