import { writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";

import type { Entry } from "./telemetry/entry.js";

/** The bytes of an NDJSON event log. Node's gzip header has no time, so equal entries give equal bytes. */
export function encodeEventLog(entries: readonly Entry[], compression: "plain" | "gzip" = "plain"): Buffer {
  const lines = Buffer.from(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
  return compression === "gzip" ? gzipSync(lines, { level: 9 }) : lines;
}

/** Writes an event log, gzipped if the name ends in `.gz`. */
export async function writeEventLog(path: string, entries: readonly Entry[]): Promise<void> {
  await writeFile(path, encodeEventLog(entries, path.endsWith(".gz") ? "gzip" : "plain"));
}
