import { QscError } from "@qsc/contract";
import type { Asked } from "./errors.js";

/** The answer. If the error says that the key is not a stream, it names the key's actual type. */
export async function namingType<T>(
  { label, stream }: Asked,
  type: () => Promise<string>,
  question: () => Promise<T>,
): Promise<T> {
  try {
    return await question();
  } catch (error) {
    if (!(error instanceof QscError) || error.code !== "source_wrong_type") throw error;
    throw new QscError(
      "source_wrong_type",
      `The key '${stream}' at ${label} is not a stream but a ${await type()}; check the stream's name.`,
      { cause: error },
    );
  }
}
