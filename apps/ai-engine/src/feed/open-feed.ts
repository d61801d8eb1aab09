import { asQscError, type QscError } from "@qsc/contract";
import { tlsFor, type Settings } from "../settings/settings.js";
import { patiently } from "./patiently.js";
import type { Feed } from "./port.js";
import { streamFeed } from "./stream-feed.js";
import { syntheticFeed } from "./synthetic-feed.js";

export interface FeedSurroundings {
  readonly now: () => number;
  /** Told when the features cannot be read for now, and (with null) when they can again. */
  readonly onOutage: (error: QscError | null) => void;
  readonly signal: AbortSignal;
}

/**
 * Opens the feed that the settings name. One that is followed may not be there yet: it is waited for, and then read
 * from its beginning.
 * @returns null when the signal came first
 * @throws QscError, every `source_...` code, when waiting does not help.
 */
export async function openFeed(settings: Settings, { now, onOutage, signal }: FeedSurroundings): Promise<Feed | null> {
  const { featureSource: source, featureFollow: follow } = settings;
  if (source.kind === "synthetic") return syntheticFeed(source, now);
  let { featureStart } = settings;
  const open = async (): Promise<Feed> => {
    try {
      return await streamFeed({ ...settings, featureStart, url: source.url, files: tlsFor(source.url, settings), onOutage });
    } catch (thrown) {
      if (asQscError(thrown).code === "source_missing") featureStart = "beginning";
      throw thrown;
    }
  };
  return patiently(open, { follow, onOutage, signal });
}
