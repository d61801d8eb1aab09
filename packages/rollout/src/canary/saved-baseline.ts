import { iso, parseDistinct, QscError, type WeightsByModel } from "@qsc/contract";
import { replaceFile } from "../host/files.js";
import type { OperationContext } from "../operation/context.js";

/** Saves the weights that a unit serves without a canary. */
export async function saveWeights(
  { files, paths, clock, unit }: OperationContext,
  weights: WeightsByModel,
): Promise<void> {
  await replaceFile(
    files,
    paths.baseline,
    `${JSON.stringify({ unit, savedAt: iso(clock.now()), weights }, null, 2)}\n`,
  );
}

/** The weights of a saved baseline. @throws QscError `baseline_unreadable` */
export function savedWeights(text: string, path: string): WeightsByModel {
  try {
    const { weights } = parseDistinct(text) as { weights: unknown };
    const entries = Object.entries(weights as Record<string, unknown>);
    if (entries.length > 0 && entries.every(([, weight]) => typeof weight === "number" && weight >= 0 && weight <= 1)) {
      return Object.fromEntries(entries) as WeightsByModel;
    }
  } catch (cause) {
    throw new QscError(
      "baseline_unreadable",
      `${path} cannot be read; check by hand which weights the engine serves now.`,
      {
        cause,
      },
    );
  }
  throw new QscError(
    "baseline_unreadable",
    `${path} holds no weights; check by hand which weights the engine serves now.`,
  );
}
