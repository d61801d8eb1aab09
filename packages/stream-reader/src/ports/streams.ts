import { DEFAULT_STREAM } from "@qsc/contract";
import type { OpenOneOptions } from "./kind.js";
import type { OpenOptions } from "./open-options.js";

/** The keys that the options name: one, or several shards. */
export function streamsOf({ stream = DEFAULT_STREAM }: Pick<OpenOptions, "stream">): readonly string[] {
  return typeof stream === "string" ? [stream] : stream;
}

/** The options for a single stream: of several, the first. */
export function oneStream(options: OpenOptions): OpenOneOptions {
  return { ...options, stream: streamsOf(options)[0] ?? DEFAULT_STREAM };
}
