import { resolve } from "node:path";
import { checkedReader } from "../ports/checked-source.js";
import type { SourceKind } from "../ports/kind.js";
import { invalidOption } from "../ports/options.js";
import { eventLogPath } from "./location.js";

/** An event log: a file of entries, plain or gzip. */
export const eventLogKind: SourceKind = {
  schemes: ["file"],
  isPath: (text) => /\.(?:ndjson|jsonl|json|gz)$/i.test(text),
  nameOf: (url) => ({ label: `file:${eventLogPath(url)}`, stream: null }),
  tlsFilesOf: () => ({}),
  fileOf: eventLogPath,
  openSource: async (url, options) => {
    const [{ openEventLog }, { EventLogSource }] = await Promise.all([
      import("./read/open-file.js"),
      import("./read/event-log-source.js"),
    ]);
    const path = eventLogPath(url);
    const { handle } = await openEventLog(path);
    await handle.close();
    return new EventLogSource(path, options.follow ?? false, (range, lineRange) => ({
      kind: "lines",
      url,
      options,
      range,
      lineRange,
    }));
  },
  part: "lines",
  openPart: async (part) => {
    if (part.kind !== "lines") throw invalidOption("part.kind", part.kind, "lines");
    const { EventLogPart } = await import("./read/event-log-part.js");
    return checkedReader(new EventLogPart(eventLogPath(part.url), part.lineRange));
  },
  openSink: async (url) => {
    const [{ EventLogStore }, { assertPlain }] = await Promise.all([
      import("./write/event-log-store.js"),
      import("./write/open-event-log.js"),
    ]);
    const path = eventLogPath(url);
    assertPlain(path, Buffer.alloc(0));
    const store = new EventLogStore(resolve(path), `file:${path}`);
    await store.open();
    return store;
  },
};
