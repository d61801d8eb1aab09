import { QscError } from "@qsc/contract";
import type { DraftOptions, ManifestDraft } from "@qsc/fail-closed/onnx";

/** What was given for a manifest; null for what is to come from the model's file. */
type Given = {
  readonly [Name in keyof Omit<DraftOptions, "limitMs">]-?: Exclude<DraftOptions[Name], undefined> | null;
};

/** The flags of options that have another name in the library. */
const FLAGS: ReadonlyMap<string, string> = new Map([["inputs", "--row"]]);

/**
 * The manifest of a model's file, proven by loading the model with it.
 * @throws QscError `usage` for what was given, `dependency_missing`, or `model_unusable` with the model's own reason
 */
export async function draftFor(model: string, given: Given): Promise<ManifestDraft> {
  const [{ ModelError }, { draftManifest }] = await Promise.all([
    import("@qsc/fail-closed"),
    import("@qsc/fail-closed/onnx"),
  ]);
  const inputs = given.inputs?.length === 0 ? null : given.inputs;
  const options: DraftOptions = Object.fromEntries(
    Object.entries({ ...given, inputs }).filter(([, value]) => value !== null),
  );
  try {
    return await draftManifest(model, options);
  } catch (thrown) {
    if (thrown instanceof ModelError) {
      const { code, message } = thrown;
      throw new QscError("model_unusable", `No manifest for ${model}: ${code}: ${message}.`, { cause: thrown });
    }
    if (thrown instanceof QscError && thrown.code === "invalid_option")
      throw new QscError("usage", asFlag(thrown.message), { cause: thrown });
    throw thrown;
  }
}

/** A sentence about an option of the library, as one about a flag. */
function asFlag(sentence: string): string {
  return sentence
    .replace(/^[a-z]+/i, (option) => FLAGS.get(option) ?? `--${option}`)
    .replace(" is undefined; it must be ", " is needed: ");
}
