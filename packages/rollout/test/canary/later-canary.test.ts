import type { QscDocument } from "@qsc/contract";
import { describe, expect, test } from "vitest";
import type { OperationContext } from "../../src/operation/context.js";
import { hung, SERVED_MS } from "./model/hung.js";
import { momentsOf, type Moment } from "./model/interfere.js";
import type { Machine } from "./model/machine.js";
import { PATHS, Process } from "./model/process.js";
import { PROOF_MS, runUntil, type Outcome } from "./model/run.js";
import { activation, takingBack, watch } from "./model/scenarios.js";
import { canariesIn } from "../../src/history.js";
import { readAudit } from "../../src/operation/audit-log.js";
import { rollback } from "../../src/rollback.js";

type Act = (context: OperationContext) => Promise<QscDocument>;

/** What a command meant for an earlier canary must leave of the one that is there now. */
interface Left {
  readonly boot: string | undefined;
  readonly dropIn: boolean;
  readonly lease: string | null;
  readonly guard: unknown;
  readonly state: string | null;
}

function seen(machine: Machine): Left {
  return {
    boot: machine.engine?.boot,
    dropIn: machine.dropIn !== null,
    lease: machine.disk.read(PATHS.lease),
    guard: machine.guardState(),
    state: machine.disk.read(PATHS.state),
  };
}

/** Rolls the canary back, lets the baseline serve, and activates the next one, whose watch keeps its lease. */
async function nextCanary(machine: Machine): Promise<boolean> {
  await takingBack(new Process(machine).context, true);
  await new Promise<void>((resolve) => {
    machine.sleepUntil(machine.monotonicMs + 1500, machine, () => {
      machine.start();
      machine.sleepUntil(machine.monotonicMs + SERVED_MS, machine, resolve);
    });
  });
  const { exitCode } = await activation(new Process(machine).context, undefined, machine.engine?.startedMs);
  // A command that was stopped while it wrote the log keeps its lock: then there is none.
  if (exitCode !== 0) return false;
  const [boot = ""] = (machine.disk.read(PATHS.lease) ?? "").split(" ");
  machine.disk.put(PATHS.lease, `${boot} 999999`.padEnd(79) + "\n");
  return true;
}

async function toldBy(machine: Machine): Promise<string | null> {
  const { entries } = await readAudit(new Process(machine.clone()).context.files, PATHS.audit);
  return canariesIn(entries).at(-1)?.outcome ?? null;
}

interface Stopped {
  readonly before: Left;
  readonly after: Left;
  /** What the log says has become of it. */
  readonly told: string | null;
  readonly ended: Outcome<QscDocument> | { readonly kind: "hangs" };
}

/** What is left of the next canary, after a command that was stopped at a moment until that was live. */
async function stoppedAt(at: Moment, { act, prepare }: Pick<Case, "act" | "prepare">): Promise<Stopped | null> {
  const { machine, end } = await hung();
  prepare?.(machine);
  const life: { before: Left | null; endsMs: number } = { before: null, endsMs: Infinity };
  const process = new Process(machine, {
    encounter: {
      ...at,
      act: (effects) => {
        effects.freeze();
        end();
        void nextCanary(machine).then((isLive) => {
          if (isLive) life.before = seen(machine);
          life.endsMs = machine.monotonicMs + 120_000;
          effects.thaw();
        });
      },
    },
  });
  const ended = await runUntil(machine, process, act, () => machine.monotonicMs >= life.endsMs);
  return life.before === null
    ? null
    : { before: life.before, after: seen(machine), told: await toldBy(machine), ended };
}

/** The effects of a command on the canary that it is for. */
async function effectsOf({ act, prepare }: Pick<Case, "act" | "prepare">): Promise<Process["effects"]["done"]> {
  const { machine } = await hung();
  prepare?.(machine);
  const process = new Process(machine);
  await runUntil(machine, process, act, () => false);
  return process.effects.done;
}

/**
 * Effects that begin right after the canary was compared. Only in between can a command still hit another one: a
 * process is hardly ever stopped within those milliseconds, until the next canary is live.
 */
const ACTS = new Set([
  ...["services.removeDropIn", "services.stop", "services.kill", "services.start"],
  ...["files.rename", "files.overwrite", "files.remove"],
]);
/** The state is written while the unit is stopped: that number of its effects comes between a comparison and the stop. */
const MOST_BETWEEN = 6;

function isBetween(effects: Process["effects"]["done"], { effect }: Moment): boolean {
  return effects.slice(effect, effect + MOST_BETWEEN).some(({ kind }) => ACTS.has(kind));
}

/** Whether the command has said all that it will: it only gives the lock back. What it says was true before. */
function isLastWord(effects: Process["effects"]["done"], { effect }: Moment): boolean {
  return effects.slice(effect).every(({ kind }) => kind === "lock.release");
}

/** A watch of an earlier canary has nothing to watch. */
const SAYS_SO = new Set<string>(["canary_replaced", "no_canary"]);

interface Case {
  readonly name: string;
  readonly act: Act;
  /** What happens to the canary before the command begins. */
  readonly prepare?: (machine: Machine) => void;
  /** Whether the command may begin, be stopped before it has seen the canary, and then be meant for the next one. */
  readonly meansAny: boolean;
}

describe.for<Case>([
  { name: "a rollback that takes over", act: (context) => takingBack(context, true), meansAny: true },
  {
    name: "the dead-man's rollback",
    act: (context) =>
      rollback(context, { reason: "unmonitored", takeOver: true, ifUnmonitored: true, proofMs: PROOF_MS }),
    prepare: ({ disk }) => {
      disk.put(
        PATHS.lease,
        (disk.read(PATHS.lease) ?? "").replace(/ \d+/, (until) => " 1".padEnd(until.length)),
      );
    },
    meansAny: false,
  },
  {
    name: "a watch that finds a violation",
    act: watch,
    prepare: (machine) => {
      machine.sleepUntil(machine.monotonicMs + 3000, machine, () => {
        machine.publish("HODL");
      });
    },
    meansAny: true,
  },
])("$name, stopped at each of its moments until another canary is live", (each) => {
  test("leaves that alone, and says so", async () => {
    const effects = await effectsOf(each);
    const broken: string[] = [];
    const between: string[] = [];
    let stops = 0;
    const first = effects.findIndex(({ kind }) => kind === "files.read");
    for (const at of momentsOf(effects)) {
      if (each.meansAny && at.effect <= first) continue;
      const stopped = await stoppedAt(at, each);
      if (stopped === null) continue;
      stops += 1;
      const where = `effect ${at.effect} (${effects[at.effect]?.kind ?? ""}), stage ${at.stage}`;
      const { before, after, ended } = stopped;
      const hit = Object.keys(before).filter((key) => before[key as keyof Left] !== after[key as keyof Left]);
      if (hit.length > 0) (isBetween(effects, at) ? between : broken).push(`${where}: ${hit.join(", ")}`);
      if (hit.length === 0 && ended.kind === "done" && ended.document.exitCode === 0)
        broken.push(`${where}: ends with 0`);
      if (hit.length === 0 && stopped.told !== "canary") broken.push(`${where}: history says ${stopped.told}`);
      const { codes = [] } = ended.kind === "done" ? ended.document : {};
      const isExcused = isBetween(effects, at) || isLastWord(effects, at);
      if (hit.length === 0 && !isExcused && !codes.some((code) => SAYS_SO.has(code)))
        broken.push(`${where}: it says ${codes.join(", ") || ended.kind}`);
    }
    expect(stops).toBeGreaterThan(50);
    expect(broken).toEqual([]);
    expect(between.length).toBeLessThan(25);
  });
});
