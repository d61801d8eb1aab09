import { iso } from "@qsc/contract";
import type { FleetHost } from "../inventory.js";
import { HEARTBEAT_SECONDS, type Started } from "../ssh/run.js";
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
  | { readonly kind: "failed"; readonly reasons: readonly string[]; readonly isReachable: boolean };

/** Watches a host's canary for as long as the fleet's command runs: `qsc monitor` there, started again if it is lost. */
export class Keeper {
  readonly #context: FleetContext;
  readonly #host: FleetHost;
  readonly #stopping = new AbortController();
  #started: Started | null = null;
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
    for (;;) {
      const begunMs = now();
      this.#started = run(this.#host, {
        words: ["monitor", "--stay", "--json", "--quiet"],
        kind: "monitor",
        signal: this.#stopping.signal,
        beats: true,
      });
      const answer = await this.#started.ended;
      if (this.#stopping.signal.aborted) return { kind: "stopped" };
      if (answer.kind === "proven") return { kind: "promoted" };
      const reasons = whyOf(answer);
      if (answer.kind === "refused" && !isPassing(answer.document))
        return { kind: "failed", reasons, isReachable: true };
      // A watch that ran for a while was a new one. What is said once is not said for each attempt.
      if (lostMs === null || now() - begunMs > LOST_MS) {
        lostMs = now();
        const until = iso(untilMs(lostMs));
        say(
          this.#host.name,
          `the watch is lost: ${reasons[0] ?? ""}; it is started again. If that fails, its own dead-man has rolled back a canary there by ${until}`,
        );
      }
      if (now() - lostMs >= LOST_MS) return { kind: "failed", reasons, isReachable: answer.kind !== "unreachable" };
      await sleep(AGAIN_MS, this.#stopping.signal);
    }
  }
}

/** Whether a watch may be started again: it was interrupted, or the one before still runs on the host. */
function isPassing(document: Readonly<Record<string, unknown>>): boolean {
  const { outcome, codes } = document;
  if (outcome !== undefined) return outcome === "interrupted";
  return Array.isArray(codes) && codes.includes("canary_locked");
}
