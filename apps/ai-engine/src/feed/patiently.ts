import { asQscError, QscError } from "@qsc/contract";
import { setTimeout as wait } from "node:timers/promises";
import { until } from "../until.js";

const RETRY_MS = 500;
/** A slower answer is reported as an outage, while it is still awaited. */
const SLOW_MS = 5000;

export interface Patience {
  /** What is asked, as it may be shown to an operator. */
  readonly place: string;
  /** Whether to wait for a source that does not exist. */
  readonly follow: boolean;
  /** Called with the error when the source cannot be read at the moment, and with null when it can again. */
  readonly onOutage: (error: QscError | null) => void;
  readonly signal: AbortSignal;
}

/** Errors that may pass with time. */
const MAY_PASS: ReadonlySet<string> = new Set(["source_unreachable", "source_missing", "source_timeout"]);

/**
 * A source's answer, however long that takes. When the signal comes, a pending question is abandoned.
 * @returns null if the signal came first
 * @throws QscError if waiting is not wanted, or does not help
 */
export async function patiently<T>(ask: () => Promise<T>, patience: Patience): Promise<T | null> {
  const { place, follow, onOutage, signal } = patience;
  const told = { code: "" };
  const tell = (error: QscError): void => {
    if (error.code !== told.code) onOutage(error);
    told.code = error.code;
  };
  while (!signal.aborted) {
    const slow = setTimeout(() => {
      tell(slowAnswer(place));
    }, SLOW_MS);
    try {
      const answer = await until(ask(), signal);
      if (told.code !== "" && answer !== null) onOutage(null);
      return answer;
    } catch (thrown) {
      const error = asQscError(thrown);
      if (!follow || !MAY_PASS.has(error.code)) throw error;
      tell(error);
    } finally {
      clearTimeout(slow);
    }
    await wait(RETRY_MS, undefined, { signal }).catch(() => undefined);
  }
  return null;
}

function slowAnswer(place: string): QscError {
  const what = `${place} has not answered within ${SLOW_MS / 1000} s`;
  return new QscError("source_timeout", `${what}; check whether it, or one of its sentinels or nodes, hangs.`);
}
