import { asQscError, firstIdAt, MIN_ID, type QscError } from "@qsc/contract";
import { tlsFor, type Settings } from "../settings/settings.js";
import { CLOCK_SKEW_MS } from "./clock-skew.js";
import { patiently } from "./patiently.js";
import type { Feed } from "./port.js";
import { placeOf } from "./place-of.js";
import { streamFeed } from "./stream-feed.js";
import { syntheticFeed } from "./synthetic-feed.js";

export interface FeedSurroundings {
  readonly now: () => number;
  /** Called with the error when the features cannot be read at the moment, and with null when they can again. */
  readonly onOutage: (error: QscError | null) => void;
  readonly signal: AbortSignal;
}

/**
 * Opens the feed that the settings name. A followed feed may not exist yet: the engine waits for it, then reads it from
 * its beginning, except rows from before the engine's start.
 * @returns null if the signal came first
 * @throws QscError, every `source_...` code, if waiting does not help.
 */
export async function openFeed(settings: Settings, { now, onOutage, signal }: FeedSurroundings): Promise<Feed | null> {
  const { featureSource: source, featureFollow: follow } = settings;
  if (source.kind === "synthetic") return syntheticFeed(source, now);
  const before = settings.featureStart === "beginning" ? MIN_ID : firstIdAt(Math.floor(now()) - CLOCK_SKEW_MS);
  let { featureStart } = settings;
  const open = async (): Promise<Feed> => {
    try {
      const files = tlsFor(source.url, settings);
      const feed = await streamFeed({ ...settings, featureStart, before, url: source.url, files, onOutage });
      // Too late: the caller has given up meanwhile.
      if (signal.aborted) await feed.close();
      return feed;
    } catch (thrown) {
      if (asQscError(thrown).code === "source_missing") featureStart = "beginning";
      throw thrown;
    }
  };
  return patiently(open, { place: placeOf(source.url), follow, onOutage, signal });
}
