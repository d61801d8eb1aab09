import { writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";

import type { Entry } from "./telemetry/entry.js";

/** The bytes of an NDJSON journal. Node's gzip header carries no time, so equal entries give equal bytes. */
export function encodeJournal(entries: readonly Entry[], compression: "plain" | "gzip" = "plain"): Buffer {
  const lines = Buffer.from(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
  return compression === "gzip" ? gzipSync(lines, { level: 9 }) : lines;
}

/** Writes a journal, gzipped where the name ends in `.gz`. */
export async function writeJournal(path: string, entries: readonly Entry[]): Promise<void> {
  await writeFile(path, encodeJournal(entries, path.endsWith(".gz") ? "gzip" : "plain"));
}
