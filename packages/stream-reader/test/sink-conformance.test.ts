import { join } from "node:path";
import { onTestFinished } from "vitest";
import { temporaryDirectory } from "@qsc-tooling/testkit";
import { openSource } from "../src/index.js";
import { openSink } from "../src/sink/index.js";
import { sinkConformance } from "./sink-conformance.js";

sinkConformance("an event log", async () => {
  const directory = await temporaryDirectory();
  onTestFinished(() => directory.remove());
  const path = join(directory.path, "journal.ndjson");
  return {
    sink: async () => {
      const sink = await openSink(path);
      onTestFinished(() => sink.close());
      return sink;
    },
    source: async () => {
      const source = await openSource(path);
      onTestFinished(() => source.close());
      return source;
    },
  };
});
