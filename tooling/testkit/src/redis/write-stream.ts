import { Redis } from "ioredis";

import type { Entry } from "../telemetry/entry.js";

const BATCH = 500;

/** Adds entries to a stream of a real Redis under their own IDs, with their fields in order. */
export async function writeStream(url: string, key: string, entries: readonly Entry[]): Promise<void> {
  const client = new Redis(url, { retryStrategy: () => null });
  try {
    for (let at = 0; at < entries.length; at += BATCH) {
      const pipeline = client.pipeline();
      for (const { id, fields } of entries.slice(at, at + BATCH)) {
        pipeline.xadd(key, id, ...Object.entries(fields).flat());
      }
      const failed = (await pipeline.exec())?.find(([error]) => error !== null);
      if (failed?.[0] instanceof Error) throw failed[0];
    }
  } finally {
    client.disconnect();
  }
}
