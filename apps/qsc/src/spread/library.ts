import { QscError } from "@qsc/contract";
import type * as workers from "@qsc/workers";

/**
 * What spreads a judgement over machines. It needs BullMQ, which only those install who use it.
 * @throws QscError `dependency_missing`
 */
export async function workersLibrary(): Promise<typeof workers> {
  try {
    return await import("@qsc/workers");
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw thrown;
    throw new QscError(
      "dependency_missing",
      "Workers need the package bullmq, which is not installed: npm install -g bullmq",
      { cause: thrown },
    );
  }
}
