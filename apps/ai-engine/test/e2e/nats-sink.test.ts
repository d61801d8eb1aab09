import { describeRequiring, requireNats, startNats, temporaryDirectory, writeNats } from "@qsc-tooling/testkit";
import { DEFAULT_STREAM, MAX_ID, MIN_ID } from "@qsc/contract";
import { openSource, readItem } from "@qsc/stream-reader";
import { expect, test } from "vitest";
import { PATIENCE, startEngine } from "./support/engine.js";
import { gate } from "./support/gate.js";

describeRequiring(requireNats(), "an engine that publishes to JetStream", () => {
  test(
    "publishes each decision once, and the gate reads them",
    async () => {
      await using directory = await temporaryDirectory();
      await using nats = await startNats();
      await writeNats(nats.url, DEFAULT_STREAM, []);
      await using engine = startEngine({ FEATURE_SOURCE: "synthetic:?rows=200", INTENT_SINK: nats.url });
      expect(await engine.exited).toBe(0);
      await using source = await openSource(nats.url);
      const decisions: string[] = [];
      for await (const page of source.pages({ from: MIN_ID, to: MAX_ID }))
        decisions.push(
          ...page
            .map((item) => readItem(item))
            .map((read) => (read.kind === "intent" ? read.decisionKey : read.reason)),
        );
      expect(decisions.length).toBeGreaterThan(100);
      expect(new Set(decisions).size).toBe(decisions.length);
      expect(source.gaps()).toEqual([]);
      expect(await gate(nats.url, directory.path)).toMatchObject({
        code: 0,
        verdict: "pass",
        counts: { read: decisions.length, rejected: 0, duplicates: 0, judged: decisions.length },
      });
    },
    PATIENCE.timeout,
  );
});
