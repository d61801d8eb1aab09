import type { AuditEvent, UnloggedEntry } from "@qsc/contract";
import { describe, expect, test } from "vitest";
import { canariesIn } from "../src/history.js";

const HOUR = 3_600_000;
const entry = (hour: number, event: AuditEvent, details: UnloggedEntry["details"] = {}): UnloggedEntry => ({
  at: new Date(Date.UTC(2026, 0, 5, hour)).toISOString(),
  event,
  operation: `op-${hour}`,
  host: "h",
  user: "ops",
  details,
});
const activate = (hour: number, model = "nhits") => entry(hour, "activate", { model, share: 0.1 });
const told = (...entries: readonly UnloggedEntry[]) =>
  canariesIn(entries).map(({ model, share, watchedMs, outcome, at, reason }) => {
    return [model, share, watchedMs, outcome, new Date(at).getUTCHours(), reason];
  });

describe("the canaries that a log tells of", () => {
  test.each<[string, readonly UnloggedEntry[], readonly unknown[]]>([
    ["none", [], []],
    ["a deployment alone", [entry(1, "deploy", { commit: "abc" })], []],
    ["a rollback without a canary", [entry(1, "rollback", { reason: "r" })], []],
    ["one that is live", [activate(1)], [["nhits", 0.1, null, "canary", 1, null]]],
    [
      "one that is eligible, with a dead-man that was armed again",
      [activate(1), entry(2, "dead_man_armed"), entry(7, "eligible", { watchedMs: 6 * HOUR })],
      [["nhits", 0.1, 6 * HOUR, "eligible", 7, null]],
    ],
    [
      "one that has the next share",
      [activate(1), entry(7, "eligible", { watchedMs: 6 * HOUR }), entry(8, "promote", { model: "nhits", share: 0.5 })],
      [["nhits", 0.5, null, "canary", 8, null]],
    ],
    [
      "one that was promoted, and rolled back later",
      [
        activate(1),
        entry(8, "promote", { share: 1 }),
        entry(14, "promoted", { watchedMs: 6 * HOUR }),
        entry(20, "rollback", { reason: "a better one" }),
      ],
      [["nhits", 1, 6 * HOUR, "rolled_back", 20, "a better one"]],
    ],
    [
      "one whose rollback failed first, and two others",
      [
        activate(1),
        entry(2, "rollback_failed", { reason: "action_bias" }),
        entry(3, "rollback", { reason: "action_bias" }),
        entry(4, "rollback", { reason: "again" }),
        activate(5, "lstm"),
        entry(6, "rollback_failed", { reason: "x" }),
        activate(9, "xgb"),
      ],
      [
        ["nhits", 0.1, null, "rolled_back", 3, "action_bias"],
        ["lstm", 0.1, null, "rollback_failed", 6, "x"],
        ["xgb", 0.1, null, "canary", 9, null],
      ],
    ],
    [
      "one of which the log does not say how it ended",
      [activate(1), activate(5, "lstm")],
      [
        ["nhits", 0.1, null, "unknown", 1, null],
        ["lstm", 0.1, null, "canary", 5, null],
      ],
    ],
    [
      "one whose rollback was written after the next activation",
      [activate(1), activate(5, "lstm"), entry(6, "rollback", { reason: "late", activation: "op-1" })],
      [
        ["nhits", 0.1, null, "rolled_back", 6, "late"],
        ["lstm", 0.1, null, "canary", 5, null],
      ],
    ],
    [
      "one that was rolled back before a later entry about another, and one about none that the log knows",
      [
        activate(1),
        entry(2, "rollback", { reason: "r", activation: "op-1" }),
        activate(5, "lstm"),
        entry(6, "rollback_failed", { reason: "late", activation: "op-1" }),
        entry(7, "rollback", { reason: "strange", activation: "op-0" }),
        entry(8, "eligible", { watchedMs: HOUR, activation: "op-5" }),
      ],
      [
        ["nhits", 0.1, null, "rolled_back", 2, "r"],
        ["lstm", 0.1, HOUR, "eligible", 8, null],
      ],
    ],
    [
      "one of which the log does not say what it should",
      [entry(1, "activate", { share: "a lot" }), entry(2, "eligible"), entry(3, "rollback", { reason: 7 })],
      [["unknown", null, null, "rolled_back", 3, null]],
    ],
  ])("%s", (_, entries, expected) => {
    expect(told(...entries)).toEqual(expected);
  });
});
