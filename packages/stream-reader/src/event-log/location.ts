import { fileURLToPath } from "node:url";
import { QscError } from "@qsc/contract";

/**
 * The path in a `file:` URL: `file:relative.ndjson`, `file:/abs`, `file:///abs`, with percent-escapes. Anything else is
 * already a path.
 * @throws QscError `invalid_source`.
 */
export function eventLogPath(location: string): string {
  if (!/^file:/i.test(location)) return location;
  const rest = location.slice("file:".length);
  try {
    const path = rest.startsWith("//") ? fileURLToPath(location) : decodeURIComponent(rest);
    if (path !== "" && !path.includes("\0")) return path;
  } catch (cause) {
    throw invalid(location, cause);
  }
  throw invalid(location);
}

function invalid(location: string, cause?: unknown): QscError {
  return new QscError(
    "invalid_source",
    `'${location}' does not name a file; write file:events.ndjson or file:///var/lib/events.ndjson.`,
    { cause },
  );
}
