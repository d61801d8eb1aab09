import { assertPart } from "./ports/checked-part.js";
import { checkedReader, checkedSource } from "./ports/checked-source.js";
import { OPEN_OPTIONS, type OpenOptions } from "./ports/open-options.js";
import { assertOptions } from "./ports/options.js";
import type { EventReader, EventSource, SourcePart } from "./ports/source.js";
import { oneStream, streamsOf } from "./ports/streams.js";
import { timeoutsOf } from "./ports/timeouts.js";
import { assertUrl, kindOfPart, kindOfSource } from "./kinds.js";
import { verifierOf } from "./signature/open-verified.js";
import { verifiedReader, verifiedSource } from "./signature/verified-source.js";

/**
 * Opens the source that a URL names: `redis:`, `rediss:`, `redis+sentinel:`, `redis+cluster:`, `nats:`, `tls:`,
 * `nats+tls:`, `file:`, or the path of an event log. Connects to a server, or checks the event log, before it resolves.
 * Several keys are merged into one source.
 * @throws QscError `dependency_missing` if the client of NATS is not installed; `invalid_source`, `invalid_option`,
 * `usage` for a `timeoutMs`, and every `source_...` code. No
 * message contains a password.
 */
export async function openSource(url: string, options: OpenOptions = {}): Promise<EventSource> {
  assertUrl(url);
  assertOptions(options, OPEN_OPTIONS, "options");
  const timeouts = timeoutsOf(options.timeoutMs);
  const kind = kindOfSource(url);
  const keys = streamsOf(options);
  if (keys.length > 1 && kind.openShard !== undefined) {
    const { openShards } = await import("./sharded/open.js");
    return checkedSource(await openShards(kind.openShard, { url, keys, options, timeouts, part: null }));
  }
  const one = oneStream(options);
  // Before any connection: a key that cannot be read must not leave one open.
  const verifier = await verifierOf(one, one.stream);
  const source = await kind.openSource(url, one, timeouts);
  return checkedSource(verifier === null ? source : verifiedSource(source, verifier));
}

/** Opens a part of a source, in any thread. Its `pages(part.range)` are the part. @throws like `openSource` */
export async function openPart(part: SourcePart): Promise<EventReader> {
  assertPart(part);
  const { url, options } = part;
  const timeouts = timeoutsOf(options.timeoutMs);
  const kind = kindOfPart(part);
  const keys = streamsOf(options);
  if (keys.length > 1 && kind.openShard !== undefined && part.kind === "ids") {
    const { openShards } = await import("./sharded/open.js");
    return checkedReader(await openShards(kind.openShard, { url, keys, options, timeouts, part }));
  }
  const verifier = await verifierOf(options, oneStream(options).stream);
  const reader = await kind.openPart(part, timeouts);
  return verifier === null ? reader : verifiedReader(reader, verifier);
}
