import type { QscDocument } from "@qsc/contract";
import type { Entry } from "@qsc-tooling/testkit";
import { expect } from "vitest";
import type { SourcePair } from "./both-sources.js";
import { documentHere } from "./here.js";

/** The document of a command about these entries, after it said the same of them as an event log and in a real Redis. */
export async function judgedAlike<T extends QscDocument>(
  sources: SourcePair,
  entries: readonly Entry[],
  args: readonly string[],
): Promise<T & { readonly code: number }> {
  const [log, stream] = await Promise.all(
    (await sources.write(entries)).map((source) => documentHere<T>([...args, ...source], { cwd: sources.directory })),
  );
  if (log === undefined || stream === undefined) throw new Error("no document");
  expect([stream.code, stream.reasons]).toEqual([log.code, log.reasons]);
  return log;
}
