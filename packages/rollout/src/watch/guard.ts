import { asQscError, describeDuration } from "@qsc/contract";
import type { GuardState } from "@qsc/systemd";

/** Milliseconds; a manager that restarts answers sooner, and another command ends sooner. */
const LONGEST_DOUBT_MS = 15_000;
/** Milliseconds between two checks at least: decisions may arrive at hundreds per second. */
const EVERY_MS = 5000;

/** What a watch can do about its dead-man. */
export interface GuardPort {
  readonly state: () => Promise<GuardState>;
  /** Whether this user may arm it; otherwise root has installed it. */
  readonly mayArm: boolean;
  /** Arms it again, for this reason; answers false if another command is acting now. */
  readonly arm: (why: string) => Promise<boolean>;
}

/** Keeps the dead-man armed during a watch. */
export class GuardWatch {
  readonly #port: GuardPort;
  #asked = Number.NEGATIVE_INFINITY;
  #since: number | null = null;

  constructor(port: GuardPort) {
    this.#port = port;
  }

  /**
   * The violation if nothing would roll back the canary after this watch; otherwise null.
   * @param now by a clock that never jumps, in milliseconds
   */
  async look(now: number): Promise<string | null> {
    if (now - this.#asked < EVERY_MS) return null;
    this.#asked = now;
    let found: GuardState;
    try {
      found = await this.#port.state();
    } catch (thrown) {
      return this.#doubt(now, asQscError(thrown).message);
    }
    if (found === "armed") return this.#sure();
    const why = unarmed(found);
    if (!this.#port.mayArm) return lost(why);
    try {
      return (await this.#port.arm(why)) ? this.#sure() : this.#doubt(now, why);
    } catch (thrown) {
      return lost(`${why}, and arming it failed: ${asQscError(thrown).message}`);
    }
  }

  #sure(): null {
    this.#since = null;
    return null;
  }

  #doubt(now: number, why: string): string | null {
    this.#since ??= now;
    return now - this.#since < LONGEST_DOUBT_MS ? null : lost(`for ${describeDuration(LONGEST_DOUBT_MS)}: ${why}`);
  }
}

/** Why a guard in this state would not roll back anything. */
export function unarmed(found: Exclude<GuardState, "armed">): string {
  return found === "absent" ? "it is not armed" : found.broken;
}

/** The violation, with its reason. */
export function lost(why: string): string {
  return `dead-man: nothing would roll back the canary if this watch ended: ${why}`;
}
