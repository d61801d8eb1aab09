import { asQscError } from "@qsc/contract";
import { setTimeout as wait } from "node:timers/promises";
import type { Settings } from "../settings/settings.js";
import type { Feed } from "./port.js";
import { mayPass, streamFeed } from "./stream-feed.js";
import { syntheticFeed } from "./synthetic-feed.js";

const RETRY_MS = 500;

export interface FeedSurroundings {
  readonly now: () => number;
  /** Told when the features cannot be read for now, and (with null) when they can again. */
  readonly onOutage: (error: Error | null) => void;
  readonly signal: AbortSignal;
}

/**
 * Opens the feed that the settings name. One that is followed may not be there yet: it is waited for.
 * @returns null when the signal came first
 * @throws QscError, every `source_...` code, when waiting does not help.
 */
export async function openFeed(settings: Settings, { now, onOutage, signal }: FeedSurroundings): Promise<Feed | null> {
  const source = settings.featureSource;
  if (source.kind === "synthetic") return syntheticFeed(source, now);
  let away: string | null = null;
  while (!signal.aborted) {
    try {
      const feed = await streamFeed({ ...settings, url: source.url, onOutage });
      if (away !== null) onOutage(null);
      return feed;
    } catch (thrown) {
      const error = asQscError(thrown);
      if (!settings.featureFollow || !mayPass(error)) throw error;
      if (error.code !== away) onOutage(error);
      away = error.code;
    }
    await wait(RETRY_MS, undefined, { signal }).catch(() => undefined);
  }
  return null;
}
