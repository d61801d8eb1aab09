import type { WatchStamp } from "@qsc/contract";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LONGEST_SILENCE_SECONDS } from "../../src/operation/bounds.js";
import { LEASE_SECONDS } from "../../src/operation/lease-seconds.js";
import { isSilent, leaseUntil } from "../../src/watch/lease-rule.js";
import { silenceMs, watchedAt } from "../../src/canary/watched-time.js";

/** What may happen while a canary is watched, each after some time that just passes. */
type Event =
  | { readonly kind: "tick" | "judges" | "restarts" | "reboots" }
  | { readonly kind: "sleeps" | "wall clock jumps"; readonly ms: number };
interface Happening {
  readonly afterMs: number;
  readonly event: Event;
}

const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Event>({ kind: "tick" }) },
  { weight: 4, arbitrary: fc.constant<Event>({ kind: "judges" }) },
  { weight: 3, arbitrary: fc.constant<Event>({ kind: "restarts" }) },
  fc.constant<Event>({ kind: "reboots" }),
  fc.integer({ min: 0, max: 200_000 }).map((ms): Event => ({ kind: "sleeps", ms })),
  fc.integer({ min: -7_200_000, max: 7_200_000 }).map((ms): Event => ({ kind: "wall clock jumps", ms })),
);
/** A frozen process lets more time pass than a tick. */
const happenings = fc.array(fc.record({ afterMs: fc.integer({ min: 0, max: 130_000 }), event }), { maxLength: 60 });

/** A host, and a watch on it that only follows the rules. */
class Host {
  boot = 1;
  monotonicMs = 1000;
  sleptMs = 0;
  passedMs = 0;
  hasJudged = false;
  watchedMs = 0;
  stamp: WatchStamp;
  /** Like the lease file. */
  lease: { readonly boot: string; readonly until: number };

  constructor() {
    this.stamp = this.now();
    this.lease = { boot: this.stamp.boot, until: this.stamp.uptimeMs / 1000 + 60 };
  }

  now(): WatchStamp {
    return { boot: `boot-${this.boot}`, monotonicMs: this.monotonicMs, uptimeMs: this.monotonicMs + this.sleptMs };
  }

  pass(ms: number): void {
    this.monotonicMs += ms;
    this.passedMs += ms;
  }

  happens(what: Event): void {
    switch (what.kind) {
      case "sleeps":
        this.sleptMs += what.ms;
        return;
      case "reboots":
        this.boot += 1;
        this.monotonicMs = 0;
        this.sleptMs = 0;
        this.hasJudged = false;
        return;
      case "restarts":
        this.hasJudged = false;
        return;
      case "judges":
        this.judge();
        this.renew();
        return;
      case "tick":
        this.renew();
        return;
      case "wall clock jumps":
    }
  }

  judge(): void {
    const now = this.now();
    this.watchedMs = watchedAt(this, now);
    this.stamp = now;
    this.hasJudged = true;
  }

  get leaseRuns(): boolean {
    const { boot, uptimeMs } = this.now();
    return this.lease.boot === boot && uptimeMs / 1000 < this.lease.until;
  }

  renew(): void {
    const { boot, uptimeMs } = this.now();
    const until = leaseUntil({ hasJudged: this.hasJudged, silenceMs: silenceMs(this, this.now()), uptimeMs });
    if (until !== null && this.leaseRuns) this.lease = { boot, until: Math.floor(until) };
  }
}

function lived(all: readonly Happening[], look: (host: Host) => void): Host {
  const host = new Host();
  for (const { afterMs, event } of all) {
    host.pass(afterMs);
    host.happens(event);
    look(host);
  }
  return host;
}

describe("whatever happens to a watch and its host", () => {
  test("no more time counts as watched than has passed", () => {
    fc.assert(
      fc.property(happenings, (all) => {
        lived(all, ({ watchedMs, passedMs }) => {
          expect(watchedMs).toBeLessThanOrEqual(passedMs);
        });
      }),
    );
  });

  test("a restarted watch counts like an unbroken one if both judge at the same times", () => {
    fc.assert(
      fc.property(happenings, (all) => {
        const whole = all.filter(({ event }) => event.kind !== "reboots");
        const without = whole.map((each): Happening =>
          each.event.kind === "restarts" ? { ...each, event: { kind: "tick" } } : each,
        );
        expect(lived(whole, () => undefined).watchedMs).toBe(lived(without, () => undefined).watchedMs);
      }),
    );
  });

  test("all time counts if the canary is judged often enough, through every restart, sleep and step of the clock", () => {
    fc.assert(
      fc.property(happenings, (all) => {
        const often = all
          .filter(({ event }) => event.kind !== "reboots")
          .flatMap((each): readonly Happening[] => [
            { ...each, afterMs: each.afterMs % 80_000 },
            { afterMs: 0, event: { kind: "judges" } },
          ]);
        const host = lived(often, () => undefined);
        expect(host.watchedMs).toBe(host.passedMs);
      }),
    );
  });

  test("a lease never reaches beyond 90 s after the last judgement, nor beyond a lease from now", () => {
    fc.assert(
      fc.property(happenings, (all) => {
        let handover = true;
        lived(all, (host) => {
          handover &&= !host.hasJudged;
          const { boot, uptimeMs } = host.now();
          if (host.lease.boot !== boot || !host.leaseRuns) return;
          expect(host.lease.until).toBeLessThanOrEqual(host.stamp.uptimeMs / 1000 + LONGEST_SILENCE_SECONDS);
          if (!handover) expect(host.lease.until).toBeLessThanOrEqual(uptimeMs / 1000 + Math.max(LEASE_SECONDS, 60));
        });
      }),
    );
  });

  test("a lease that has run out stays so", () => {
    fc.assert(
      fc.property(happenings, (all) => {
        let over = false;
        lived(all, (host) => {
          over ||= !host.leaseRuns;
          expect(host.leaseRuns && over).toBe(false);
        });
      }),
    );
  });
});

describe("the lease of a watch", () => {
  const UPTIME_MS = 1_000_000;

  test.each([
    ["that has just judged", 0, true, 1045],
    ["whose last judgement is 40 s old", 40_000, true, 1045],
    ["whose last judgement is 60 s old", 60_000, true, 1030],
    ["whose last judgement is 90 s old", 90_000, true, null],
    ["that has judged nothing itself", 0, false, null],
    ["of another boot", Infinity, true, null],
    ["of an earlier version's state, before it has judged", null, false, null],
    ["that does not know when it last judged", null, true, null],
  ])("%s", (_, silence, hasJudged, until) => {
    expect(leaseUntil({ hasJudged, silenceMs: silence, uptimeMs: UPTIME_MS })).toBe(until);
  });

  test("90 s without a judgement are too long, counting started seconds; an unknown time says nothing", () => {
    expect([0, 88_999, 89_001, 90_000, Infinity, null].map(isSilent)).toEqual([false, false, true, true, true, false]);
  });
});

describe("what counts", () => {
  const stamp = { boot: "a", monotonicMs: 1000, uptimeMs: 5000 };

  test.each([
    ["the time since the last judgement", { stamp }, { boot: "a", monotonicMs: 4000, uptimeMs: 8000 }, 3000, 3000],
    ["at most 90 s", { stamp }, { boot: "a", monotonicMs: 4_000_000, uptimeMs: 4_004_000 }, 90_000, 3_999_000],
    [
      "no time asleep, although it is silence",
      { stamp },
      { boot: "a", monotonicMs: 2000, uptimeMs: 66_000 },
      1000,
      61_000,
    ],
    ["nothing across a boot", { stamp }, { boot: "b", monotonicMs: 4000, uptimeMs: 8000 }, 0, Infinity],
    [
      "nothing up to the first judgement if an earlier version wrote the state",
      {},
      { boot: "a", monotonicMs: 4000, uptimeMs: 8000 },
      0,
      null,
    ],
  ])("%s", (_, counted, now, more, silence) => {
    expect(watchedAt({ watchedMs: 500, ...counted }, now)).toBe(500 + more);
    expect(silenceMs(counted, now)).toBe(silence);
  });
});
