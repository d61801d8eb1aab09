import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { finished } from "node:stream/promises";
import { eventsOf, lineOf, type EventOptions } from "./events.js";
import { RawRedis } from "./resp.js";

/** Writes a stream to a Redis under its own key. */
export async function fillStream(url: string, key: string, options: EventOptions): Promise<void> {
  const redis = await RawRedis.open(url);
  try {
    await redis.add(key, wordsOf(options));
  } finally {
    redis.close();
  }
}

function* wordsOf(options: EventOptions): Generator<readonly string[]> {
  for (const { id, fields } of eventsOf(options)) yield [id, ...fields];
}

/** Writes the same events as an event log. */
export async function fillJournal(path: string, options: EventOptions): Promise<void> {
  const file = createWriteStream(path, { highWaterMark: 1 << 20 });
  for (const event of eventsOf(options)) {
    if (!file.write(`${lineOf(event, options.version)}\n`)) await once(file, "drain");
  }
  file.end();
  await finished(file);
}
