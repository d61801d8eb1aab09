import type { Loss } from "./disk.js";
import type { Machine } from "./machine.js";

/** What a process does to the world: at each effect it may end or fail. */
export interface Effect {
  readonly kind: string;
  /** The number of parts that a crash may come between: 1 for an effect that happens at once or not at all. */
  readonly stages: number;
  /** For each stage, and before the first: what a power cut then may leave. */
  readonly losses: readonly (readonly Loss[])[];
}

/** What happens to a process at one stage of its nth effect. */
export type Fault = { readonly effect: number; readonly stage: number } & (
  { readonly kind: "kill" | "error" } | { readonly kind: "power"; readonly loss: Loss }
);

/** What happens next to a process at one stage of one of its effects; the process continues, if that lets it. */
export interface Encounter {
  readonly effect: number;
  readonly stage: number;
  readonly act: (effects: Effects) => void;
}

/** Is told what a process does and sees. */
export interface Observer {
  /** Before each stage of an effect, and after the last. */
  readonly moment: (moment: SeenMoment) => void;
  /** What the process is told by the world: the answer of an effect, or a clock. */
  readonly seen: (value: unknown) => void;
}

export interface SeenMoment {
  readonly effect: number;
  readonly stage: number;
  readonly kind: string;
  readonly stages: number;
}

interface EffectsOptions {
  readonly fault?: Fault | null;
  readonly encounter?: Encounter | null;
  readonly records?: boolean;
  readonly onStage?: () => void;
  readonly observer?: Observer | null;
}

/** Never resolves: what a dead process waits for. */
const forever = new Promise<never>(() => undefined);

/** Counts the effects of a process, and applies the fault that hits it. */
export class Effects {
  readonly done: Effect[] = [];
  readonly #machine: Machine;
  readonly #fault: Fault | null;
  readonly #encounter: Encounter | null;
  readonly #records: boolean;
  readonly #onStage: () => void;
  readonly #observer: Observer | null;
  #dead = false;
  #died: (() => void) | null = null;
  /** While it is stopped, as by SIGSTOP: its next effect waits for this. */
  #thawed: Promise<void> | null = null;
  #thaw: (() => void) | null = null;

  /** Resolves when the process dies. */
  readonly death: Promise<void> = new Promise((resolve) => {
    this.#died = resolve;
  });

  constructor(
    machine: Machine,
    { fault = null, encounter = null, records = false, onStage = () => undefined, observer = null }: EffectsOptions,
  ) {
    this.#machine = machine;
    this.#fault = fault;
    this.#encounter = encounter;
    this.#records = records;
    this.#onStage = onStage;
    this.#observer = observer;
    machine.remember(this, this.kill);
  }

  get dead(): boolean {
    return this.#dead;
  }

  /** Like `kill -9`: from here on the process does nothing, and its locks are free. */
  readonly kill = (): void => {
    this.#dead = true;
    this.#machine.forget(this);
    this.#died?.();
  };

  get frozen(): boolean {
    return this.#thawed !== null;
  }

  /** Like `kill -STOP`: the process does nothing, but keeps its locks. */
  readonly freeze = (): void => {
    this.#thawed ??= new Promise((resolve) => {
      this.#thaw = resolve;
    });
  };

  /** Like `kill -CONT`. */
  readonly thaw = (): void => {
    this.#thawed = null;
    this.#thaw?.();
  };

  /** Runs an effect stage by stage, and answers; or does what the fault says. */
  async take<T>(kind: string, stages: readonly (() => void)[], answer: () => T): Promise<T> {
    await Promise.resolve();
    if (this.#dead) return forever;
    const fault = this.#fault?.effect === this.done.length ? this.#fault : null;
    const losses: Loss[][] = [];
    this.done.push({ kind, stages: stages.length, losses });
    const encounter = this.#encounter?.effect === this.done.length - 1 ? this.#encounter : null;
    for (let stage = 0; stage <= stages.length; stage += 1) {
      this.#observer?.moment({ effect: this.done.length - 1, stage, kind, stages: stages.length });
      if (encounter?.stage === stage) encounter.act(this);
      if (this.#thawed !== null) await this.#thawed;
      if (this.#isDead()) return forever;
      if (this.#records) losses.push([...this.#machine.disk.losses()]);
      if (fault?.stage === stage && this.#hit(fault)) return forever;
      if (fault?.stage === stage) throw injected(kind);
      this.#attempt(() => stages[stage]?.());
      if (this.#isDead()) return forever;
      this.#onStage();
    }
    return this.sees(this.#attempt(answer));
  }

  #attempt<T>(act: () => T): T {
    try {
      return act();
    } catch (thrown) {
      this.#observer?.seen(String(thrown));
      throw thrown;
    }
  }

  /** What the process is told by the world outside of an effect's answer, too. */
  sees<T>(value: T): T {
    this.#observer?.seen(value);
    return value;
  }

  /** For processes that end with one of their own effects: a dead process waits forever. */
  async alive<T>(waiting: Promise<T>): Promise<T> {
    const value = await waiting;
    return this.#dead ? forever : value;
  }

  /** Whether the fault ends the process. */
  #hit(fault: Fault): boolean {
    if (fault.kind === "error") return false;
    if (fault.kind === "power") this.#machine.losePower(fault.loss);
    this.kill();
    return true;
  }

  /** A stage may have ended its own process. */
  #isDead(): boolean {
    return this.#dead;
  }
}

function injected(kind: string): Error {
  return Object.assign(new Error(`EIO: injected into ${kind}`), { code: "EIO" });
}
