import { join } from "node:path";
import { parseNotifySettings } from "../../src/settings/parse.js";
import type { NotifyPlace } from "../../src/place.js";
import { runNotifier } from "../../src/run.js";
import type { Attempt } from "../../src/outbox/send-in-order.js";
import { HOST, UNIT } from "./audit.js";

export const WEBHOOK_SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
export const ENV = { HOOK: WEBHOOK_SECRET, KEY: "R0UTINGKEY0123456789abcdef012345" };

/** The settings of a notifier in a directory. */
export function placeIn(workdir: string, section: unknown, env: NotifyPlace["secrets"]["env"] = ENV): NotifyPlace {
  return {
    settings: parseNotifySettings(section),
    secrets: { env },
    workdir,
    audit: join(workdir, "logs", "qsc_canary.jsonl"),
    state: join(workdir, "data", "qsc_canary_state.json"),
    unit: UNIT,
    host: HOST,
  };
}

export interface Running extends AsyncDisposable {
  readonly attempts: readonly Attempt[];
  readonly trouble: readonly string[];
  stop(): Promise<void>;
}

/** A notifier in this process, once it is ready. */
export async function startNotifier(place: NotifyPlace): Promise<Running> {
  const end = new AbortController();
  const attempts: Attempt[] = [];
  const trouble: string[] = [];
  let ended: Promise<unknown> = Promise.resolve();
  await new Promise<void>((resolve, reject) => {
    ended = runNotifier(
      place,
      {
        onReady: resolve,
        onAttempt: (attempt) => attempts.push(attempt),
        onTrouble: (sentence) => trouble.push(sentence),
      },
      end.signal,
    );
    ended.catch(reject);
  });
  const stop = async (): Promise<void> => {
    end.abort();
    await ended;
  };
  return { attempts, trouble, stop, [Symbol.asyncDispose]: stop };
}
