import { ModelError } from "../errors.js";
import { asModelError } from "../guard/as-model-error.js";
import { readAnswer, type CheckedAnswer } from "../guard/read-answer.js";
import type { GoldenProbe } from "../manifest-probe.js";
import type { ModelManifest } from "../manifest.js";
import type { CallContext } from "../predictor.js";
import type { RuntimeSession } from "../runtime.js";
import { named } from "../words.js";

/**
 * Predictions that a model must get right before it serves: the manifest's golden probes, each with the expected
 * answer, or else one on zeros, with any valid answer.
 * @throws ModelError `probe_mismatch`, or the reason why there is no answer
 */
export async function probe(session: RuntimeSession, manifest: ModelManifest, context: CallContext): Promise<void> {
  const { probes, rows, features } = manifest;
  const zeros = new Float64Array(rows * features.length);
  if (probes.length === 0) await askProbe(session, manifest, context, zeros, "Probe on zeros");
  for (const [index, golden] of probes.entries()) {
    const title = probes.length === 1 ? "Golden probe" : `Golden probe ${index + 1} of ${probes.length}`;
    const answer = await askProbe(session, manifest, context, Float64Array.from(golden.input.flat()), title);
    requireExpected(answer, golden, title);
  }
}

/**
 * One answer, checked as any is.
 * @param title of the probe, for messages
 * @throws ModelError the reason why there is no valid answer
 */
export async function askProbe(
  session: RuntimeSession,
  { rows, features, labels }: ModelManifest,
  context: CallContext,
  data: Float64Array,
  title: string,
): Promise<CheckedAnswer<string>> {
  try {
    return readAnswer(await session.predict({ data, rows, features: features.length }, context), new Set(labels));
  } catch (thrown) {
    const { code, message } = asModelError(thrown, "predict_failed", "Predictor failed");
    throw new ModelError(code, `${title}: ${message}`, { cause: thrown });
  }
}

function requireExpected(answer: CheckedAnswer<string>, { output, tolerance }: GoldenProbe, title: string): void {
  const { label, confidence } = answer;
  if (label === output.label && Math.abs(confidence - output.confidence) <= tolerance) return;
  const expected = `${named(output.label)} with ${output.confidence}, within ${tolerance}`;
  throw new ModelError("probe_mismatch", `${title}: expected ${expected}; found ${named(label)} with ${confidence}`);
}
