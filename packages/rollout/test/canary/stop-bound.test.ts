import { QscError } from "@qsc/contract";
import type { StopRules } from "@qsc/systemd";
import fc from "fast-check";
import { expect, test } from "vitest";
import { LONGEST_STOP_SECONDS } from "../../src/operation/bounds.js";
import { requireStoppable, stopBound } from "../../src/canary/stop-bound.js";
import { Machine } from "./model/machine.js";
import { Process } from "./model/process.js";

const USUAL: StopRules = {
  timeoutMs: 10_000,
  onTimeout: "terminate",
  abortMs: 10_000,
  killMode: "control-group",
  killSignal: 15,
  sendsLastSignal: true,
  lastSignal: 9,
  stopCommands: 0,
  postCommands: 0,
};
const { context } = new Process(new Machine());
const refusal = (change: Partial<StopRules> | null): string => {
  try {
    requireStoppable(context, { stop: change === null ? null : { ...USUAL, ...change } });
  } catch (thrown) {
    if (thrown instanceof QscError && (thrown.code === "stop_too_slow" || thrown.code === "stop_unknown"))
      return thrown.message;
    throw thrown;
  }
  return "";
};

test.each<[string, Partial<StopRules>, number]>([
  ["the first signal has its time, and the last ends at once", {}, 10_000],
  ["each command before the signal has its time", { stopCommands: 2 }, 30_000],
  ["each command after the end has its time, and its leftovers get it again", { postCommands: 2 }, 40_000],
  ["an abort adds its own time", { onTimeout: "abort", abortMs: 5000 }, 15_000],
  ["an abort without a limit", { onTimeout: "abort", abortMs: null }, Infinity],
  ["no time-out at all", { timeoutMs: null }, Infinity],
  ["processes that a stop leaves running", { killMode: "process" }, Infinity],
  ["nothing is stopped", { killMode: "none" }, Infinity],
  ["a kill mode of a later systemd", { killMode: "gently" }, Infinity],
  ["the kill mode mixed", { killMode: "mixed" }, 10_000],
  ["no last signal", { sendsLastSignal: false }, Infinity],
  ["a last signal that can be ignored", { lastSignal: 15 }, Infinity],
])("the bound of a stop: %s", (_, change, ms) => {
  expect(stopBound({ ...USUAL, ...change })).toBe(ms);
});

test("a stop without known rules is unbounded", () => {
  expect(stopBound(null)).toBe(Infinity);
  expect(refusal(null)).toMatch(/is unknown/);
});

test.each<[Partial<StopRules>, RegExp]>([
  [
    { killMode: "process" },
    /KillMode=process leaves processes of it running after a stop\. Write '\[Service\]', 'KillMode=control-group' to \/etc\/systemd\/system\/engine\.service\.d\/stop\.conf/,
  ],
  [{ killMode: "none" }, /KillMode=none/],
  [{ sendsLastSignal: false }, /SendSIGKILL=no .*'SendSIGKILL=yes'/],
  [{ lastSignal: 15 }, /FinalKillSignal=15 .*'FinalKillSignal=SIGKILL'/],
  [
    { timeoutMs: 90_000 },
    /it may take 1 min 30 s to stop, but the limit is 12 s\. Write '\[Service\]', 'TimeoutStopSec=12' to/,
  ],
  [{ timeoutMs: null }, /its stop has no time limit/],
  [{ stopCommands: 1, timeoutMs: 7000 }, /2 stages of the stop may each take .*'TimeoutStopSec=6'/],
  [{ onTimeout: "abort", timeoutMs: 8000, abortMs: 8000 }, /'TimeoutStopSec=12', 'TimeoutStopFailureMode=terminate'/],
  [{ stopCommands: 12 }, /'ExecStop=', 'ExecStopPost=', 'TimeoutStopSec=12'/],
  [
    { killMode: "process", sendsLastSignal: false },
    /KillMode=process .*; SendSIGKILL=no .*'KillMode=control-group', 'SendSIGKILL=yes'/,
  ],
])("a unit that stops too slowly is refused, with the lines that fix it: %o", (change, sentence) => {
  expect(refusal(change)).toMatch(sentence);
});

test("a unit is accepted exactly if its bound is within the rest of the promise", () => {
  const rules: fc.Arbitrary<StopRules> = fc.record({
    timeoutMs: fc.option(fc.integer({ min: 1, max: 20_000 })),
    onTimeout: fc.constantFrom("terminate", "abort", "kill"),
    abortMs: fc.option(fc.integer({ min: 1, max: 20_000 })),
    killMode: fc.constantFrom("control-group", "mixed", "process", "none"),
    killSignal: fc.integer({ min: 1, max: 64 }),
    sendsLastSignal: fc.boolean(),
    lastSignal: fc.constantFrom(9, 9, 15),
    stopCommands: fc.nat(3),
    postCommands: fc.nat(3),
  });
  fc.assert(
    fc.property(rules, (stop) => {
      expect(refusal(stop) === "").toBe(stopBound(stop) <= LONGEST_STOP_SECONDS * 1000);
    }),
  );
});
