import { QscError } from "@qsc/contract";
import type { PartReaders } from "@qsc/rollout/judging";
import type { Session } from "../command.js";
import { telemetryOf } from "../open-telemetry.js";
import { workersLibrary } from "./library.js";
import { spreadOf } from "./options.js";
import { partsPrinter } from "./printer.js";

/** The workers that read for a command; null if this process reads. @throws QscError */
export async function readersOf(
  { flags, settings, judgement, io, quiet, signal }: Session,
  follows: boolean,
): Promise<(PartReaders & AsyncDisposable) | null> {
  const spread = spreadOf(flags, settings.queue);
  if (spread === null) return null;
  const { spreadReaders } = await workersLibrary();
  const source = await telemetryOf(settings, follows);
  const printer = partsPrinter(io, quiet);
  try {
    return await spreadReaders({
      ...spread,
      source,
      version: judgement.toolVersion,
      signal,
      onProgress: printer,
    });
  } catch (thrown) {
    if (thrown instanceof QscError && thrown.code === "invalid_option")
      throw new QscError("usage", thrown.message, { cause: thrown });
    throw thrown;
  }
}
