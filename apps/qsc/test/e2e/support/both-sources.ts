import {
  startRedis,
  temporaryDirectory,
  writeEventLog,
  writeStream,
  type Entry,
  type RedisServer,
  type TemporaryDirectory,
} from "@qsc-tooling/testkit";
import { afterAll, beforeAll } from "vitest";

/** An event log and a stream of the same entries, each as the options of a command run in the directory. */
type BothSources = readonly [log: readonly string[], stream: readonly string[]];

/** A directory and a real Redis for the tests of the block that this is called in. */
export interface SourcePair {
  readonly directory: string;
  /** Writes the entries to a new log and a new stream; the stream is read as of the newest entry, like a log. */
  write(entries: readonly Entry[]): Promise<BothSources>;
}

/** Starts a directory and a Redis before the tests of a block, and removes both after them, even after a failure. */
export function sourcePair(): SourcePair {
  let directory: TemporaryDirectory | undefined;
  let redis: RedisServer | undefined;
  let number = 0;
  beforeAll(async () => {
    directory = await temporaryDirectory();
    redis = await startRedis();
  });
  afterAll(async () => {
    try {
      await redis?.stop();
    } finally {
      await directory?.remove();
    }
  });
  return {
    get directory() {
      return started(directory).path;
    },
    async write(entries) {
      number += 1;
      const name = `entries-${number}`;
      const { url } = started(redis);
      await writeEventLog(`${started(directory).path}/${name}.ndjson`, entries);
      await writeStream(url, name, entries);
      const end = new Date(Number(entries.at(-1)?.id.split("-")[0])).toISOString();
      return [
        ["--source", `file:${name}.ndjson`],
        ["--source", url, "--stream", name, "--as-of", end],
      ];
    },
  };
}

function started<T>(part: T | undefined): T {
  if (part === undefined)
    throw new Error("sourcePair can be used in tests and in beforeAll, not while a block is described");
  return part;
}
