import { QscError, type ErrorCode } from "@qsc/contract";
import { expect, test } from "vitest";
import { healthOf, type HealthParts } from "../../src/observe/health.js";

const READY: HealthParts = {
  ensemble: { models: [], activeCount: 3, quorum: 3, hasQuorum: true },
  publisher: { buffered: 0, isFull: false },
  facts: { build: "abc", bootId: "boot-1" },
  isFed: true,
  features: { error: null },
  intents: { error: null },
};
const error = (code: ErrorCode) => ({ error: new QscError(code, "A sentence.") });

test.each<[string, Partial<HealthParts>, readonly string[]]>([
  ["everything is there", {}, []],
  ["decisions wait for a sink that is away", { intents: error("source_unreachable") }, []],
  ["decisions wait for a sink that hangs", { intents: error("source_timeout") }, []],
  ["there is no room for further decisions", { intents: error("source_unreachable"), publisher: { buffered: 9, isFull: true } }, ["intents_buffer_full"]],
  ["the sink refuses the password", { intents: error("source_auth") }, ["intents_refused"]],
  ["the sink's key is no stream", { intents: error("source_wrong_type") }, ["intents_refused"]],
  ["the sink is full", { intents: error("sink_failed") }, ["intents_refused"]],
  ["the journal's directory is gone", { intents: error("source_missing") }, ["intents_refused"]],
  ["the feed is not open yet", { isFed: false }, ["features_not_read"]],
  ["the feed is away", { features: error("source_unreachable") }, ["features_not_read"]],
  ["too few models can serve", { ensemble: { ...READY.ensemble, hasQuorum: false } }, ["below_quorum"]],
  ["much is wrong", { isFed: false, intents: error("source_auth"), ensemble: { ...READY.ensemble, hasQuorum: false } }, ["below_quorum", "features_not_read", "intents_refused"]],
])("when %s", (_, parts, reasons) => {
  expect(healthOf({ ...READY, ...parts })).toMatchObject({ ready: reasons.length === 0, not_ready: reasons });
});
