import { asQscError, type QscError } from "@qsc/contract";
import { setTimeout as wait } from "node:timers/promises";

const RETRY_MS = 500;

export interface Patience {
  /** Whether what is not there is waited for. */
  readonly follow: boolean;
  /** Told when the source cannot be read for now, and (with null) when it can again. */
  readonly onOutage: (error: QscError | null) => void;
  readonly signal: AbortSignal;
}

/** Waiting heals these. */
const MAY_PASS: ReadonlySet<string> = new Set(["source_unreachable", "source_missing", "source_timeout"]);

/**
 * What a source answers, however long that takes.
 * @returns null when the signal came first
 * @throws QscError when waiting is not wanted, or does not help
 */
export async function patiently<T>(ask: () => Promise<T>, { follow, onOutage, signal }: Patience): Promise<T | null> {
  let away: string | null = null;
  while (!signal.aborted) {
    try {
      const answer = await ask();
      if (away !== null) onOutage(null);
      return answer;
    } catch (thrown) {
      const error = asQscError(thrown);
      if (!follow || !MAY_PASS.has(error.code)) throw error;
      if (error.code !== away) onOutage(error);
      away = error.code;
    }
    await wait(RETRY_MS, undefined, { signal }).catch(() => undefined);
  }
  return null;
}
