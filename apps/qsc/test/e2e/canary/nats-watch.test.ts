import { MIN_ID, type ActivateDocument, type MonitorDocument, QscError } from "@qsc/contract";
import { openSource } from "@qsc/stream-reader";
import { openSink } from "@qsc/stream-reader/sink";
import {
  BASELINE_WEIGHTS,
  CanaryHost,
  describeRequiring,
  requireNats,
  requireRedis,
  requireSystemd,
  startNats,
  writeNats,
  type NatsServer,
} from "@qsc-tooling/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectBaseline } from "./support/baseline.js";
import { checksOf, cutoverWithEnough, MODEL, ran, stateOf, watched } from "./support/life.js";

const WINDOW = "400";

/** Publishes each decision of the host's engine to JetStream too, under its own ID, until it is ended. */
function relay(host: CanaryHost, to: string): { readonly end: () => Promise<void> } {
  const ending = new AbortController();
  const relaying = (async () => {
    await using source = await openSource(host.redis.url, { stream: host.stream });
    await using sink = await openSink(to, { stream: host.stream });
    for await (const page of source.follow(MIN_ID, { signal: ending.signal })) {
      const entries = page.flatMap((item) => (item.kind === "entry" ? [{ id: item.id, fields: item.fields }] : []));
      // What a server that is down did not take is published again, once.
      while (!ending.signal.aborted) {
        try {
          await sink.append(entries);
          break;
        } catch (error) {
          if (!(error instanceof QscError) || !error.code.startsWith("source_")) throw error;
        }
      }
    }
  })();
  return {
    end: () => {
      ending.abort();
      return relaying;
    },
  };
}

describeRequiring(requireSystemd(), "a canary whose telemetry is in JetStream", () => {
  describeRequiring(requireRedis(), "published by a scripted engine", () => {
    describeRequiring(requireNats(), "to a real nats-server", () => {
      let host: CanaryHost;
      let nats: NatsServer;
      let relayed: ReturnType<typeof relay>;
      beforeAll(async () => {
        host = await CanaryHost.start({ engine: { kind: "scripted", rate: 200, seed: 20_260_111 } });
        nats = await startNats();
        await writeNats(nats.url, host.stream, []);
        relayed = relay(host, nats.url);
      });
      afterAll(async () => {
        await relayed.end();
        await nats.stop();
        await host[Symbol.asyncDispose]();
      });

      test("is activated, watched across a kill of the watch and a restart of the server, and rolled back", async () => {
        const source = { source: nats.url };
        const cutover = await cutoverWithEnough(host, 400);
        const activation = await ran<ActivateDocument>(
          host.qscWith(source, "activate", "--model", MODEL, "--cutover", cutover),
        );
        expect(activation, "the activation").toMatchObject({ code: 0, reasons: [] });
        const { bootId } = await host.newestDecision();
        const first = host.startQscWith(source, "monitor", "--window", WINDOW);
        await watched(host, Number(WINDOW) + 50);
        await host.signal(first, "KILL");
        await first.ended;
        const before = (await stateOf(host))?.watch;
        expect(before?.mark).toMatchObject({ kind: "jetstream", id: before?.cursor });
        const second = host.startQscWith(source, "monitor", "--window", WINDOW);
        await watched(host, (before?.events ?? 0) + 200);
        await nats.restart();
        await watched(host, (before?.events ?? 0) + 600);
        await host.tell("action_collapse");
        const document = await ran<MonitorDocument>(second.ended);
        expect(document, document.reasons.join("\n")).toMatchObject({ code: 2, outcome: "rolled_back" });
        expect(checksOf(document), document.violations.join("\n")).toEqual(["action_collapse"]);
        await expectBaseline(host, bootId, BASELINE_WEIGHTS);
      });
    });
  });
});
