import { fileURLToPath } from "node:url";
import { QscError } from "@qsc/contract";

/**
 * The path a `file:` URL names: `file:relative.ndjson`, `file:/abs`, `file:///abs`, with
 * percent-escapes. Anything else is a path already.
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
    `'${location}' names no file; write file:events.ndjson or file:///var/lib/events.ndjson.`,
    { cause },
  );
}
