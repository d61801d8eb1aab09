import {
  seededTelemetry,
  temporaryDirectory,
  writeEventLog,
  type Draft,
  type Entry,
  type TemporaryDirectory,
} from "@qsc-tooling/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { qsc } from "./support/qsc.js";

/** Version 1 telemetry, as the field publishes it: its own scripts exit with 0 on every line below. */
function telemetry(count: number, change: (draft: Draft, index: number) => void = () => undefined): Entry[] {
  return seededTelemetry({ seed: 42, version: 1, count, intervalMs: 1000, mutate: change }).entries;
}
const answers = (draft: Draft, given: Record<string, unknown>) => {
  for (const answer of Object.values(draft.modelBreakdown)) Object.assign(answer, given);
};
const payload = (entry: Entry, text: string): Entry => ({ ...entry, fields: { ...entry.fields, payload: text } });

/** What must end in 2: the telemetry, and the commands that judge it. */
const CASES: Record<
  string,
  { readonly entries: () => Entry[]; readonly commands: readonly string[]; readonly says: string }
> = {
  "240 of 250 payloads broken": {
    entries: () => telemetry(250).map((entry, index) => (index < 240 ? payload(entry, "{broken") : entry)),
    commands: ["quality-gate --mode canary", "feature-sanity", "scoreboard"],
    says: "240 of 250 entries were rejected: unreadable_json",
  },
  "240 of 250 payloads missing": {
    entries: () =>
      telemetry(250).map((entry, index) => {
        const fields = Object.entries(entry.fields).filter(([name]) => name !== "payload");
        return index < 240 ? { ...entry, fields: Object.fromEntries(fields) } : entry;
      }),
    commands: ["quality-gate --mode canary", "feature-sanity", "scoreboard"],
    says: "no_payload (240 x",
  },
  "240 of 250 of another event type": {
    entries: () =>
      telemetry(250, (draft, index) => {
        if (index < 240) draft.fields["event_type"] = "order.fill";
      }),
    commands: ["quality-gate --mode canary", "feature-sanity", "scoreboard"],
    says: "other_event_type (240 x",
  },
  "the label buy everywhere": {
    entries: () =>
      telemetry(300, (draft) => {
        answers(draft, { action: "buy" });
      }),
    commands: ["quality-gate --mode canary", "scoreboard"],
    says: "label 'buy' (300 x",
  },
  "the label STRONG_BUY everywhere": {
    entries: () =>
      telemetry(300, (draft) => {
        answers(draft, { action: "STRONG_BUY" });
      }),
    commands: ["quality-gate --mode canary", "scoreboard"],
    says: "label 'STRONG_BUY' (300 x",
  },
  "true as confidence": {
    entries: () =>
      telemetry(300, (draft) => {
        answers(draft, { confidence: true });
      }),
    commands: ["quality-gate --mode canary", "scoreboard"],
    says: "confidence true (300 x",
  },
  '"0.7" as confidence': {
    entries: () =>
      telemetry(300, (draft) => {
        answers(draft, { confidence: "0.7" });
      }),
    commands: ["quality-gate --mode canary", "scoreboard"],
    says: 'confidence "0.7" (300 x',
  },
  "a model that disappears": {
    entries: () =>
      telemetry(300, (draft, index) => {
        if (index >= 150) delete draft.modelBreakdown["xgboost"];
      }),
    commands: ["quality-gate --mode canary --model xgboost", "scoreboard"],
    says: "xgboost",
  },
  "a model with two samples": {
    entries: () =>
      telemetry(300, (draft, index) => {
        if (index >= 2) delete draft.modelBreakdown["xgboost"];
      }),
    commands: [
      "quality-gate --mode canary --model xgboost",
      "quality-gate --mode collection --model xgboost",
      "scoreboard",
    ],
    says: "2 predictions; at least",
  },
  "atr missing everywhere": {
    entries: () =>
      telemetry(300, (draft) => {
        delete draft.features["atr_value"];
      }),
    commands: ["feature-sanity"],
    says: "atr_value (in 300)",
  },
  "atr NaN at event 250 of 300": {
    entries: () =>
      telemetry(300, (draft, index) => {
        if (index === 249) draft.features["atr_value"] = Number.NaN;
      }),
    commands: ["feature-sanity", "quality-gate --mode canary"],
    says: "atr_value",
  },
  "model_breakdown missing in 240 of 300": {
    entries: () =>
      telemetry(300, (draft, index) => {
        if (index < 240) draft.modelBreakdown = undefined as never;
      }),
    commands: ["quality-gate --mode canary", "scoreboard"],
    says: "no_breakdown (240 x",
  },
  "2,000 healthy events followed by 20,000 collapsed ones": {
    entries: () =>
      telemetry(22_000, (draft, index) => {
        if (index >= 2000) answers(draft, { action: "BUY", confidence: 0.615 });
      }),
    commands: ["quality-gate --mode canary", "quality-gate --mode canary --count 2000", "scoreboard"],
    says: "action_collapse",
  },
  "telemetry ten months old, judged as of today": {
    entries: () => telemetry(300),
    commands: ["quality-gate --mode canary", "feature-sanity", "scoreboard"].map(
      (command) => `${command} --as-of 2026-11-05T09:00:00Z`,
    ),
    says: "telemetry_silence",
  },
};

describe("what the field's own scripts accept ends in 2", () => {
  let directory: TemporaryDirectory;
  beforeAll(async () => {
    directory = await temporaryDirectory();
  });
  afterAll(() => directory.remove());

  test("healthy telemetry of the same kind passes every command", async () => {
    await writeEventLog(`${directory.path}/healthy.ndjson`, telemetry(300));
    for (const [command, code] of [
      ["quality-gate --mode canary", 0],
      ["quality-gate --mode collection", 3],
      ["feature-sanity", 0],
      ["scoreboard", 0],
    ] as const) {
      const run = await qsc([...command.split(" "), "--source", "file:healthy.ndjson"], { cwd: directory.path });
      expect([command, run.code, run.err]).toEqual([command, code, ""]);
    }
  });

  test.each(Object.entries(CASES))("%s", async (name, { entries, commands, says }) => {
    const journal = `${name.replaceAll(/\W/g, "_")}.ndjson.gz`;
    await writeEventLog(`${directory.path}/${journal}`, entries());
    for (const command of commands) {
      const run = await qsc([...command.split(" "), "--source", `file:${journal}`], { cwd: directory.path });
      expect([command, run.code, run.err]).toEqual([command, 2, ""]);
      expect(run.out).toContain(says);
    }
  });
});
