import { writeFile } from "node:fs/promises";
import { parseEntryId, type Policy } from "@qsc/contract";
import { openSource } from "@qsc/stream-reader";
import { openSink } from "@qsc/stream-reader/sink";
import {
  describeRequiring,
  keyPair,
  requireNats,
  seededTelemetry,
  startNats,
  temporaryDirectory,
  writeNats,
  type Draft,
} from "@qsc-tooling/testkit";
import { DEFAULT_POLICY, parsePolicy } from "@qsc/violations";
import { expect, onTestFinished, test } from "vitest";
import { qualityGate, type GateRequest } from "../../src/index.js";
import { ALL, judgementContext } from "../support.js";

const STREAM = "trade.intent";
const NOW = Date.now();
const START = NOW - 600_000;

/** A decision that cannot be read. */
function spoil({ fields }: Draft): void {
  fields["payload"] = "{";
}

/** A stream whose writer signs, or not, and what others publish to it. */
async function stream(isSigned: boolean, isBad: (index: number) => boolean, limits: object = {}) {
  const nats = await startNats();
  onTestFinished(() => nats.stop());
  const directory = await temporaryDirectory();
  onTestFinished(() => directory.remove());
  const [key, shown] = [`${directory.path}/key.pem`, `${directory.path}/key.pub.pem`];
  const { privateKey, publicKey } = keyPair("ed25519");
  await writeFile(key, privateKey, { mode: 0o600 });
  await writeFile(shown, publicKey, { mode: 0o644 });
  await writeNats(nats.url, STREAM, [], limits);
  const policy: Policy = isSigned ? await parsePolicy("require: [signature]", "p.yaml") : DEFAULT_POLICY;
  const { entries } = seededTelemetry({
    seed: 7,
    count: 600,
    startMs: START,
    intervalMs: 500,
    mutate: (draft, index) => {
      if (isBad(index)) spoil(draft);
    },
  });
  return {
    entries,
    publish: (ids: readonly string[]): Promise<void> =>
      writeNats(
        nats.url,
        STREAM,
        ids.map((id) => ({ id, fields: { n: "x" } })),
        limits,
      ),
    write: async (from: number, to: number): Promise<void> => {
      await using sink = await openSink(nats.url, { stream: STREAM, ...(isSigned && { signingKey: key }) });
      await sink.append(
        entries.slice(from, to).map(({ id, fields }) => {
          const parsed = parseEntryId(id);
          if (parsed === null) throw new Error(`${id} is no ID`);
          return { id: parsed, fields: Object.entries(fields).flat() };
        }),
      );
    },
    judged: async (afterMs: number | null) => {
      const request: GateRequest = { ...ALL, afterMs, mode: "canary", model: null };
      await using source = await openSource(nats.url, { stream: STREAM, ...(isSigned && { verifyKeys: [shown] }) });
      return await qualityGate(source, request, judgementContext(NOW, policy));
    },
  };
}

describeRequiring(requireNats(), "a message with a low ID in a stream of JetStream", () => {
  test.each([false, true])("as the newest one hides no entry before it (signed: %s)", async (isSigned) => {
    const { entries, write, publish, judged } = await stream(isSigned, (index) => index >= 300);
    await write(0, 600);
    const before = await judged(null);
    await publish([entries[299]?.id ?? ""]);
    const after = await judged(null);
    expect([before.exitCode, before.counts]).toMatchObject([2, { read: 600, rejected: 300 }]);
    expect([after.exitCode, after.counts]).toMatchObject([2, { read: 601, rejected: 301 }]);
  });

  test.each([false, true])("does not hide what a limit removed before it (signed: %s)", async (isSigned) => {
    const { write, publish, judged } = await stream(isSigned, (index) => index < 300, { max_msgs: 700 });
    await write(0, 300);
    await publish(Array.from({ length: 400 }, (_, at) => `1-${at + 1}`));
    await write(300, 600);
    const { exitCode, integrity } = await judged(START);
    expect([exitCode, integrity.find(({ id }) => id === "stream_gap")?.status]).toEqual([2, "violation"]);
  });
});
