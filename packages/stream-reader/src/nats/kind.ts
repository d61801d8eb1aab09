import { checkedReader } from "../ports/checked-source.js";
import type { SourceKind } from "../ports/kind.js";
import { invalidOption } from "../ports/options.js";
import type { EventSource } from "../ports/source.js";
import { oneStream } from "../ports/streams.js";
import { assertSubject, NATS_SCHEMES, parseNatsUrl } from "./location.js";

/** A stream of NATS JetStream. */
export const natsKind: SourceKind = {
  schemes: NATS_SCHEMES,
  isPath: () => false,
  nameOf: (url, stream, files) => {
    assertSubject(stream);
    return { label: parseNatsUrl(url, files).label, stream };
  },
  tlsFilesOf: (url, files) => parseNatsUrl(url, files).tls ?? {},
  fileOf: () => null,
  openSource: async (url, options, timeouts): Promise<EventSource> => {
    const { stream } = options;
    assertSubject(stream);
    const { NatsSource } = await import("./read/nats-source.js");
    const source = new NatsSource(parseNatsUrl(url, options), stream, timeouts, (sequences, range) => ({
      kind: "sequences",
      url,
      options,
      range,
      sequences,
    }));
    await source.open();
    return source;
  },
  part: "sequences",
  openPart: async ({ url, options, ...part }, timeouts) => {
    if (part.kind !== "sequences") throw invalidOption("part.kind", part.kind, "sequences");
    const { NatsPart } = await import("./read/nats-part.js");
    const { stream } = oneStream(options);
    return checkedReader(new NatsPart(parseNatsUrl(url, options), stream, timeouts, part.sequences));
  },
  openSink: async (url, { stream, timeouts, ...files }) => {
    assertSubject(stream);
    const { NatsStore } = await import("./write/nats-store.js");
    // It connects when it is first needed.
    return new NatsStore(parseNatsUrl(url, files), stream, timeouts);
  },
};
