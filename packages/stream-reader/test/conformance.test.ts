import { appendFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { onTestFinished } from "vitest";
import { memorySource, openSource, type EventSource, type RawEntry, type SourceItem } from "../src/index.js";
import { temporaryDirectory } from "@qsc-tooling/testkit";
import { conformance, type Subject } from "./conformance.js";
import { ndjson } from "./support/entries.js";
import { dividedJournal } from "./support/parts.js";

type Text = (entries: readonly RawEntry[]) => string | Buffer;

const exported: Text = (entries) => `${JSON.stringify(entries.map(({ id, fields }) => [id, fields]))}\n`;

conformance("an event log", (initial) => journal("journal.ndjson", ndjson, initial), { grows: true });
conformance("a long journal", (initial) => journal("journal.ndjson", ndjson, initial, dividedJournal), {
  grows: true,
  divides: true,
});
conformance("a gzip event log", (initial) => journal("j.ndjson.gz", (all) => gzipSync(ndjson(all)), initial), {
  grows: false,
});
conformance("an export of redis-cli", (initial) => journal("export.json", exported, initial), { grows: false });
conformance(
  "a source in memory",
  (initial) => {
    const source = memorySource(initial);
    onTestFinished(() => source.close());
    const append = (more: readonly SourceItem[]): Promise<void> => {
      source.append(...more);
      return Promise.resolve();
    };
    const spoil = (): Promise<void> =>
      append([{ kind: "rejected", id: null, place: "here", reason: "unreadable_line", detail: "no entry" }]);
    return Promise.resolve({ source, append, spoil });
  },
  { grows: true },
);

async function journal(
  name: string,
  text: Text,
  initial: readonly RawEntry[],
  open: (path: string) => EventSource | Promise<EventSource> = openSource,
): Promise<Subject> {
  const directory = await temporaryDirectory();
  onTestFinished(() => directory.remove());
  const path = join(directory.path, name);
  await writeFile(path, text(initial));
  const source = await open(path);
  onTestFinished(() => source.close());
  if (text !== ndjson) return { source };
  return {
    source,
    append: (more) => appendFile(path, ndjson(more)),
    spoil: () => appendFile(path, "no entry\n"),
  };
}
