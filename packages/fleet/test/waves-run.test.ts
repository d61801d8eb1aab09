import fc from "fast-check";
import { expect, test } from "vitest";
import {
  fleetActivate,
  type Answer,
  type Asked,
  type FleetContext,
  type FleetHost,
  type Started,
} from "../src/index.js";

const NAMES = ["a", "b", "c", "d", "e"];
/** What can happen on a host: its activation, and the watch after it. */
const FATES = ["healthy", "refuses", "unreachable", "unclear", "dies later", "cannot be rolled back"] as const;
type Fate = (typeof FATES)[number];

function document(kind: string, further: Readonly<Record<string, unknown>> = {}): Answer {
  return { kind: "proven", document: { kind, verdict: "pass", exitCode: 0, reasons: [], ...further } };
}

function refusal(kind: string, further: Readonly<Record<string, unknown>> = {}): Answer {
  return { kind: "refused", document: { kind, verdict: "fail", exitCode: 2, reasons: ["it refused"], ...further } };
}

/** Doubles: real hosts do not fail at every moment that a test wants. Each has a fate, and logs what it is asked. */
class Fleet {
  readonly canaries = new Set<string>();
  readonly log: string[] = [];
  /** A host whose signs do not agree with its state. */
  contradicted: string | null = null;
  /** A host whose watch has rolled back at the moment at which it is told to stop. */
  endsBadly: string | null = null;
  readonly #fates: ReadonlyMap<string, Fate>;
  readonly context: FleetContext;

  constructor(fates: readonly Fate[], signal: AbortSignal, turns: () => Promise<void>) {
    this.#fates = new Map(NAMES.map((name, at) => [name, fates[at] ?? "healthy"]));
    const hosts = NAMES.map((name): FleetHost => ({ name, ssh: name, config: null }));
    this.context = {
      inventory: { fleet: "f", qsc: ["qsc"], sshConfig: null, hosts },
      run: (host, asked) => this.#run(host, asked, turns),
      signal,
      now: () => 0,
      sleep: () => Promise.resolve(),
      by: "test",
      bounds: { lease: 45, promise: 120 },
      say: () => undefined,
      place: { host: "control", toolVersion: "0" },
    };
  }

  #run({ name }: FleetHost, { command, signal }: Asked, turns: () => Promise<void>): Started {
    this.log.push(`${command} ${name}`);
    const stopped = new Promise<void>((resolve) => {
      if (signal?.aborted === true) resolve();
      signal?.addEventListener("abort", () => {
        resolve();
      });
    });
    const lasts = command === "hold" || (command === "monitor" && this.#fates.get(name) !== "dies later");
    const ended = (lasts ? stopped : turns()).then(() => this.#answer(name, command, signal?.aborted === true));
    return { ended, firstLine: Promise.resolve(command === "hold" ? '{"held":true}' : null) };
  }

  #answer(name: string, command: string, isStopped: boolean): Answer {
    const fate = this.#fates.get(name);
    const phase = this.canaries.has(name) ? "canary" : "baseline";
    switch (command) {
      case "status":
        return (name === this.contradicted ? refusal : document)("status", {
          phase,
          model: "m",
          share: phase === "canary" ? 0.1 : null,
        });
      case "cutover":
        return document("cutover", { cutover: "2026-01-01T00:00:00Z" });
      case "activate":
        if (isStopped) return refusal("activate");
        if (fate === "refuses") return refusal("activate");
        // It may have got as far as that.
        if (fate === "unreachable" || fate === "unclear") {
          this.canaries.add(name);
          return { kind: fate, detail: "who knows" };
        }
        this.canaries.add(name);
        return document("activate");
      case "monitor":
        return isStopped && name !== this.endsBadly
          ? refusal("monitor", { outcome: "interrupted" })
          : refusal("monitor", { outcome: "rolled_back" });
      case "rollback":
        if (fate === "cannot be rolled back") return refusal("rollback");
        this.canaries.delete(name);
        return document("rollback");
      default:
        return document(command);
    }
  }
}

test("whatever happens to its hosts and when, a fleet is activated whole, or every host that began is rolled back", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...FATES), { minLength: NAMES.length, maxLength: NAMES.length }),
      fc.option(fc.integer({ min: 0, max: 40 }), { nil: null }),
      fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 30 }),
      async (fates, interruptedAt, delays) => {
        const interruption = new AbortController();
        let turn = 0;
        const turns = async (): Promise<void> => {
          turn += 1;
          if (turn === interruptedAt) interruption.abort();
          for (let wait = 0; wait < (delays[turn % delays.length] ?? 0); wait += 1) await Promise.resolve();
        };
        const fleet = new Fleet(fates, interruption.signal, turns);
        const hosts = fleet.context.inventory.hosts;
        const waves = [hosts.slice(0, 1), hosts.slice(1, 3), hosts.slice(3)];
        const end = await fleetActivate(fleet.context, { waves, soakMs: 0, model: "m", further: [] });
        const outcomes = new Map(end.hosts.map(({ name, outcome }) => [name, outcome]));
        // A pass is of every host.
        expect(end.verdict === "pass").toBe([...outcomes.values()].every((outcome) => outcome === "proven"));
        if (end.verdict === "pass") expect([...fleet.canaries].toSorted()).toEqual(NAMES);
        for (const name of NAMES) {
          const began = fleet.log.includes(`activate ${name}`);
          const back = fleet.log.includes(`rollback ${name}`);
          // Where nothing was begun, nothing is done.
          if (!began) expect(["untouched false", "rolled_back false"]).toContain(`${outcomes.get(name) ?? ""} ${back}`);
          // A host that may have a canary without a proof is rolled back, unless a person stopped the command.
          if (fleet.canaries.has(name) && outcomes.get(name) !== "proven" && !interruption.signal.aborted)
            expect(back, `${name} ${outcomes.get(name) ?? ""}`).toBe(true);
          // What is called rolled back has no canary.
          if (outcomes.get(name) === "rolled_back") expect(fleet.canaries.has(name)).toBe(false);
        }
        // No wave begins after a failure.
        if (end.codes.length > 0 && !interruption.signal.aborted) {
          const first = fleet.log.findIndex((line) => line.startsWith("rollback "));
          if (first >= 0) expect(fleet.log.slice(first).filter((line) => line.startsWith("activate "))).toEqual([]);
        }
      },
    ),
    { numRuns: 500 },
  );
});

test("a host whose signs contradict its phase is not done: nothing is touched, and nothing passes", async () => {
  const fleet = new Fleet([], new AbortController().signal, () => Promise.resolve());
  for (const name of NAMES) fleet.canaries.add(name);
  fleet.contradicted = "c";
  const waves = [fleet.context.inventory.hosts];
  const end = await fleetActivate(fleet.context, { waves, soakMs: 0, model: "m", further: [] });
  expect(end).toMatchObject({ exitCode: 2, codes: ["host_failed"] });
  expect(end.reasons.join()).toContain("c: ");
  expect(fleet.log.filter((line) => !/^(hold|status)/.test(line))).toEqual([]);
});

test("a watch that rolled back just as the command ended is a failure, and every other host is rolled back", async () => {
  const fleet = new Fleet([], new AbortController().signal, () => Promise.resolve());
  fleet.endsBadly = "b";
  const waves = [fleet.context.inventory.hosts];
  const end = await fleetActivate(fleet.context, { waves, soakMs: 0, model: "m", further: [] });
  expect(end).toMatchObject({ exitCode: 2, codes: ["host_failed"] });
  expect(fleet.canaries.size).toBe(0);
  expect(end.hosts.map(({ outcome }) => outcome)).toEqual(NAMES.map(() => "rolled_back"));
});
