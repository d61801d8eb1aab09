import { journalPath } from "./journal/location.js";
import { parseRedisUrl } from "./redis/location.js";
import { isJournalName, kindOfUrl, namesNothing } from "./source-kind.js";

/**
 * Whether a URL, or the path of a journal, could name a source or a sink at all; nobody is asked
 * whether it is there. For settings that are checked before anything is opened.
 * @throws QscError `invalid_source`. No message holds a password.
 */
export function assertSourceUrl(url: string, ca?: string): void {
  const kind = kindOfUrl(url);
  if (kind === "redis") parseRedisUrl(url, ca);
  else if (kind === "journal" || isJournalName(url)) journalPath(url);
  else throw namesNothing(url);
}
