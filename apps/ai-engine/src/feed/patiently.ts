import { asQscError, QscError } from "@qsc/contract";
import { setTimeout as wait } from "node:timers/promises";
import { until } from "../until.js";

const RETRY_MS = 500;
/** An answer that takes longer is told as an outage, while it is still waited for. */
const SLOW_MS = 5000;

export interface Patience {
  /** What is asked, as an operator may see it. */
  readonly place: string;
  /** Whether what is not there is waited for. */
  readonly follow: boolean;
  /** Told when the source cannot be read for now, and (with null) when it can again. */
  readonly onOutage: (error: QscError | null) => void;
  readonly signal: AbortSignal;
}

/** Waiting heals these. */
const MAY_PASS: ReadonlySet<string> = new Set(["source_unreachable", "source_missing", "source_timeout"]);

/**
 * What a source answers, however long that takes. A question that is under way is left alone when the signal comes.
 * @returns null when the signal came first
 * @throws QscError when waiting is not wanted, or does not help
 */
export async function patiently<T>(ask: () => Promise<T>, patience: Patience): Promise<T | null> {
  const { place, follow, onOutage, signal } = patience;
  const told = { code: "" };
  const tell = (error: QscError): void => {
    if (error.code !== told.code) onOutage(error);
    told.code = error.code;
  };
  while (!signal.aborted) {
    const slow = setTimeout(() => { tell(slowAnswer(place)); }, SLOW_MS);
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
  return new QscError("source_timeout", `${what}; see whether it, or one of its sentinels or nodes, hangs.`);
}
