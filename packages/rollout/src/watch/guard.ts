import { asQscError, describeDuration } from "@qsc/contract";
import type { GuardState } from "@qsc/systemd";

/** A manager that is started again answers sooner, and another command ends sooner, in milliseconds. */
const LONGEST_DOUBT_MS = 15_000;
/** How often is asked, at most, in milliseconds: decisions may come by the hundred a second. */
const EVERY_MS = 5000;

/** What a watch does about its dead-man. */
export interface GuardPort {
  readonly state: () => Promise<GuardState>;
  /** Whether this user may arm it; else root has installed it. */
  readonly mayArm: boolean;
  /** Arms it again, for this reason; answers false where another command acts just now. */
  readonly arm: (why: string) => Promise<boolean>;
}

/** Sees to it that the dead-man stays armed while a watch goes on. */
export class GuardWatch {
  readonly #port: GuardPort;
  #asked = Number.NEGATIVE_INFINITY;
  #since: number | null = null;

  constructor(port: GuardPort) {
    this.#port = port;
  }

  /**
   * The violation where nothing would take the canary back if the watch ended, else null.
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

/** Why a guard in this state takes nothing back. */
export function unarmed(found: Exclude<GuardState, "armed">): string {
  return found === "absent" ? "it is not armed" : found.broken;
}

/** The violation, with its reason. */
export function lost(why: string): string {
  return `dead-man: nothing would roll back the canary if this watch ended: ${why}`;
}
