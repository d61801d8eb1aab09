import type { Decision } from "@qsc/fail-closed";
import { describe, expect, test } from "vitest";
import { TradingLimits } from "../src/trading-limits.js";

const counts = { active: 4, total: 4 };
const decision = (action: string): Decision => ({
  kind: "decision",
  action,
  confidence: 0.7,
  agreeing: 3,
  ...counts,
  weights: new Map(),
});
const none: Decision = { kind: "no_decision", reason: "below_quorum", quorum: 3, ...counts };
const BUY = decision("BUY");

function limitsAt(options: { signalsPerMinute: number; cooldownSeconds: number }) {
  const time = { ms: 0 };
  return { time, limits: new TradingLimits({ ...options, clock: () => time.ms }) };
}

test("HOLD and no decision are never signals, and do not count", () => {
  const { limits } = limitsAt({ signalsPerMinute: 1, cooldownSeconds: 10 });
  expect(limits.judge("A", decision("HOLD"))).toEqual({ signal: false, withheld: "hold" });
  expect(limits.judge("A", none)).toEqual({ signal: false, withheld: "no_decision" });
  expect(limits.judge("A", BUY)).toEqual({ signal: true, withheld: null });
});

describe("the cooldown of a symbol", () => {
  test("ends exactly after its seconds, and applies to that symbol only", () => {
    const { limits, time } = limitsAt({ signalsPerMinute: 60, cooldownSeconds: 10 });
    expect(limits.judge("A", BUY).signal).toBe(true);
    expect(limits.judge("B", BUY).signal).toBe(true);
    time.ms = 9_999;
    expect(limits.judge("A", decision("SELL"))).toEqual({ signal: false, withheld: "symbol_cooldown" });
    time.ms = 10_000;
    expect(limits.judge("A", decision("SELL")).signal).toBe(true);
  });

  test("a withheld signal does not restart it", () => {
    const { limits, time } = limitsAt({ signalsPerMinute: 60, cooldownSeconds: 10 });
    for (time.ms = 0; time.ms < 10_000; time.ms += 1000) limits.judge("A", BUY);
    time.ms = 10_000;
    expect(limits.judge("A", BUY).signal).toBe(true);
  });
});

test("at most the given number of signals in any 60 s", () => {
  const { limits, time } = limitsAt({ signalsPerMinute: 60, cooldownSeconds: 0 });
  const signals: number[] = [];
  for (time.ms = 0; time.ms < 300_000; time.ms += 250) {
    if (limits.judge("A", BUY).signal) signals.push(time.ms);
  }
  for (const start of signals) {
    expect(signals.filter((ms) => ms >= start && ms < start + 60_000).length).toBeLessThanOrEqual(60);
  }
  expect(signals.length).toBe(300);
});

test("with a limit of 0 nothing is traded, and the reason is given", () => {
  const { limits } = limitsAt({ signalsPerMinute: 0, cooldownSeconds: 0 });
  expect(limits.judge("A", BUY)).toEqual({ signal: false, withheld: "max_signals_per_minute" });
});
