import { iso } from "@qsc/contract";
import type { FleetHost } from "../inventory.js";
import type { Answer } from "../ssh/answer.js";
import { HEARTBEAT_SECONDS } from "../ssh/run.js";
import type { FleetContext } from "./context.js";
import { untilMs, whyOf } from "./standing.js";

/** How long a watch that was lost may take to run again, in milliseconds: then its lease may have run out. */
const LOST_MS = (HEARTBEAT_SECONDS + 30) * 1000;
const AGAIN_MS = 2000;

/** Why a watch on a host has ended for good. */
export type KeeperEnd =
  | { readonly kind: "stopped" }
  /** The canary got the whole vote, or a larger share. */
  | { readonly kind: "promoted" }
  | { readonly kind: "failed"; readonly reasons: readonly [string, ...string[]]; readonly isReachable: boolean };

/** Watches a host's canary for as long as the fleet's command runs: `qsc monitor` there, started again if it is lost. */
export class Keeper {
  readonly #context: FleetContext;
  readonly #host: FleetHost;
  readonly #stopping = new AbortController();
  /** Resolves when the watch has ended for good. */
  readonly ended: Promise<KeeperEnd>;

  constructor(context: FleetContext, host: FleetHost) {
    this.#context = context;
    this.#host = host;
    this.ended = this.#run();
  }

  /** Ends the watch on the host: its canary is unwatched from then on, unless another watch begins. */
  stop(): Promise<KeeperEnd> {
    this.#stopping.abort();
    return this.ended;
  }

  async #run(): Promise<KeeperEnd> {
    const { run, now, sleep, say } = this.#context;
    let lostMs: number | null = null;
    // What is said once is not said for each attempt.
    let isSaid = false;
    for (;;) {
      const begunMs = now();
      const answer = await run(this.#host, {
        command: "monitor",
        words: ["--stay", "--json", "--quiet"],
        signal: this.#stopping.signal,
        beats: true,
      }).ended;
      const isStopping = this.#stopping.signal.aborted;
      const passing = passingOf(answer);
      if (isStopping && passing !== null) return { kind: "stopped" };
      if (answer.kind === "proven") return { kind: "promoted" };
      const reasons = whyOf(answer);
      // Whatever else it says at its end, the canary may be gone.
      if (isStopping || (answer.kind === "refused" && passing === null))
        return { kind: "failed", reasons, isReachable: answer.kind !== "unreachable" };
      // A watch that ran for a while was a new one.
      if (lostMs === null || now() - begunMs > LOST_MS) [lostMs, isSaid] = [now(), false];
      if (!isSaid && passing !== "not begun") {
        isSaid = true;
        say(this.#host.name, this.#lost(reasons[0]));
      }
      if (now() - lostMs >= LOST_MS) return { kind: "failed", reasons, isReachable: answer.kind !== "unreachable" };
      await sleep(AGAIN_MS, this.#stopping.signal);
    }
  }

  #lost(why: string): string {
    const until = iso(untilMs(this.#context));
    return `the watch is lost: ${why} It is started again. If that fails, the dead-man there has rolled back its canary by ${until}`;
  }
}

/** How an answer speaks neither for nor against the canary: the watch was interrupted, or had not begun. */
type Passing = "interrupted" | "not begun";

/** Null if the answer speaks against the canary, or says nothing. */
function passingOf(answer: Answer): Passing | null {
  if (answer.kind !== "refused") return null;
  const { outcome, codes = [] } = answer.document;
  if (outcome !== undefined) return outcome === "interrupted" ? "interrupted" : null;
  // The watch before still runs there, such as that of the share before a promotion; or this one was stopped first.
  return codes.includes("canary_locked") || codes.includes("interrupted") ? "not begun" : null;
}
