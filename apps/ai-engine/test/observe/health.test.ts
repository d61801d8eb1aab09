import { QscError, type ErrorCode } from "@qsc/contract";
import { expect, test } from "vitest";
import { healthOf, type HealthParts } from "../../src/observe/health.js";

const READY: HealthParts = {
  ensemble: { models: [], activeCount: 3, quorum: 3, hasQuorum: true },
  publisher: { buffered: 0, isFull: false, waitingMs: 0 },
  facts: { build: "abc", bootId: "boot-1", shadows: new Set() },
  isFed: true,
  features: { error: null },
  rows: { refusals: {}, unusable: { rows: 0, of: 50 }, isUnusable: false, onlyRefused: () => null },
  admission: { maxAgeMs: 60_000 },
  gaps: { count: 0, last: null },
  intents: { error: null },
  futureIds: { error: null },
};
const refused: HealthParts["rows"] = {
  ...READY.rows,
  onlyRefused: () => ({ reason: "too_old", detail: "1-0 is 3600 s old; at most 60 s are allowed", leavesHole: true }),
};
const error = (code: ErrorCode) => ({ error: new QscError(code, "A sentence.") });

test.each<[string, Partial<HealthParts>, readonly string[]]>([
  ["everything is there", {}, []],
  [
    "decisions wait for a sink that is away, for a moment",
    { intents: error("source_unreachable"), publisher: { buffered: 1, isFull: false, waitingMs: 5000 } },
    [],
  ],
  ["decisions wait for a sink that hangs, for a moment", { intents: error("source_timeout") }, []],
  [
    "decisions wait for a sink that is away, for longer",
    { intents: error("source_unreachable"), publisher: { buffered: 1, isFull: false, waitingMs: 5001 } },
    ["intents_late"],
  ],
  [
    "decisions wait, and the reason is unknown",
    { publisher: { buffered: 1, isFull: false, waitingMs: 60_000 } },
    ["intents_late"],
  ],
  [
    "there is no space for further decisions",
    { intents: error("source_unreachable"), publisher: { buffered: 9, isFull: true, waitingMs: 10 } },
    ["intents_buffer_full"],
  ],
  ["only old rows come", { rows: refused }, ["features_stale"]],
  [
    "most rows cannot be used",
    { rows: { ...READY.rows, isUnusable: true, unusable: { rows: 60, of: 100 } } },
    ["features_unusable"],
  ],
  ["rows were refused, and others are decided on", { rows: { ...READY.rows, refusals: { too_old: 5 } } }, []],
  ["features were lost", { gaps: { count: 2, last: "A sentence." } }, []],
  ["decisions get IDs from the future", { futureIds: error("sink_failed") }, ["intents_future"]],
  ["the sink refuses the password", { intents: error("source_auth") }, ["intents_refused"]],
  ["the sink's key is not a stream", { intents: error("source_wrong_type") }, ["intents_refused"]],
  ["the sink is full", { intents: error("sink_failed") }, ["intents_refused"]],
  ["the event log's directory is gone", { intents: error("source_missing") }, ["intents_refused"]],
  ["the feed is not open yet", { isFed: false }, ["features_not_read"]],
  ["the feed is away", { features: error("source_unreachable") }, ["features_not_read"]],
  ["too few models can serve", { ensemble: { ...READY.ensemble, hasQuorum: false } }, ["below_quorum"]],
  [
    "several things are wrong",
    { isFed: false, intents: error("source_auth"), ensemble: { ...READY.ensemble, hasQuorum: false } },
    ["below_quorum", "features_not_read", "intents_refused"],
  ],
])("when %s", (_, parts, reasons) => {
  const said = healthOf({ ...READY, ...parts });
  expect(said).toMatchObject({ ready: reasons.length === 0, not_ready: reasons });
  expect(said["why"]).toHaveLength(reasons.length);
});

test("each reason has its sentence, with the value and what to do", () => {
  const said = healthOf({
    ...READY,
    ensemble: { ...READY.ensemble, activeCount: 2, hasQuorum: false },
    isFed: false,
    rows: { ...refused, isUnusable: true, unusable: { rows: 60, of: 100 } },
    intents: error("source_timeout"),
    publisher: { buffered: 9, isFull: true, waitingMs: 12_345 },
    futureIds: error("sink_failed"),
  });
  expect(said["why"]).toEqual([
    "2 of the 3 models that a decision needs can serve; see models.",
    "The feed is not open yet.",
    "The feed gives only rows that are refused: 1-0 is 3600 s old; at most 60 s are allowed. They are too old: check what publishes the features; if they are always this late, raise FEATURE_MAX_AGE_SECONDS.",
    "60 of the newest 100 rows of features could not be used: check what publishes them; the log and /metrics have the reasons.",
    "The oldest decision not known to be published has waited for 12 s: A sentence.",
    "A sentence.",
    "All 9 places of the buffer are taken: the next decision drops the oldest. See INTENT_BUFFER.",
  ]);
});
