import { QscError } from "@qsc/contract";
import type { StopRules } from "@qsc/systemd";
import fc from "fast-check";
import { expect, test } from "vitest";
import { LONGEST_STOP_SECONDS } from "../../src/canary/bounds.js";
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
const { world } = new Process(new Machine());
const refusal = (change: Partial<StopRules> | null): string => {
  try {
    requireStoppable(world, { stop: change === null ? null : { ...USUAL, ...change } });
  } catch (thrown) {
    if (thrown instanceof QscError && (thrown.code === "stop_too_slow" || thrown.code === "stop_unknown")) return thrown.message;
    throw thrown;
  }
  return "";
};

test.each<[string, Partial<StopRules>, number]>([
  ["the first signal has its time, and the last ends at once", {}, 10_000],
  ["each command before the signal has its time", { stopCommands: 2 }, 30_000],
  ["each command after the end has its time, and what it leaves another", { postCommands: 2 }, 40_000],
  ["an abort comes in between", { onTimeout: "abort", abortMs: 5000 }, 15_000],
  ["an abort without end", { onTimeout: "abort", abortMs: null }, Infinity],
  ["no time-out at all", { timeoutMs: null }, Infinity],
  ["processes that a stop leaves alone", { killMode: "process" }, Infinity],
  ["nothing is stopped", { killMode: "none" }, Infinity],
  ["a way of a later systemd", { killMode: "gently" }, Infinity],
  ["a mixed one", { killMode: "mixed" }, 10_000],
  ["no last signal", { sendsLastSignal: false }, Infinity],
  ["a last signal that can be ignored", { lastSignal: 15 }, Infinity],
])("the bound of a stop: %s", (_, change, ms) => {
  expect(stopBound({ ...USUAL, ...change })).toBe(ms);
});

test("what the manager does not say bounds nothing", () => {
  expect(stopBound(null)).toBe(Infinity);
  expect(refusal(null)).toMatch(/is unknown/);
});

test.each<[Partial<StopRules>, RegExp]>([
  [{ killMode: "process" }, /KillMode=process lets processes of it live on after a stop\. Write '\[Service\]', 'KillMode=control-group' to \/etc\/systemd\/system\/engine\.service\.d\/stop\.conf/],
  [{ killMode: "none" }, /KillMode=none/],
  [{ sendsLastSignal: false }, /SendSIGKILL=no .*'SendSIGKILL=yes'/],
  [{ lastSignal: 15 }, /FinalKillSignal=15 .*'FinalKillSignal=SIGKILL'/],
  [{ timeoutMs: 90_000 }, /it may take 1 min 30 s to stop, of 12 s at most\. Write '\[Service\]', 'TimeoutStopSec=12' to/],
  [{ timeoutMs: null }, /nothing bounds how long it takes to stop/],
  [{ stopCommands: 1, timeoutMs: 7000 }, /2 parts of it may each take .*'TimeoutStopSec=6'/],
  [{ onTimeout: "abort", timeoutMs: 8000, abortMs: 8000 }, /'TimeoutStopSec=12', 'TimeoutStopFailureMode=terminate'/],
  [{ stopCommands: 12 }, /'ExecStop=', 'ExecStopPost=', 'TimeoutStopSec=12'/],
  [{ killMode: "process", sendsLastSignal: false }, /KillMode=process .*; SendSIGKILL=no .*'KillMode=control-group', 'SendSIGKILL=yes'/],
])("a unit that may outlive the promise is refused with what to write: %o", (change, sentence) => {
  expect(refusal(change)).toMatch(sentence);
});

test("a unit is accepted exactly where its bound is within what is left of the promise", () => {
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
  fc.assert(fc.property(rules, (stop) => {
    expect(refusal(stop) === "").toBe(stopBound(stop) <= LONGEST_STOP_SECONDS * 1000);
  }));
});
