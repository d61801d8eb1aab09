import type { FleetHost } from "../inventory.js";
import type { Answer } from "../ssh/answer.js";
import type { FleetContext } from "./context.js";
import type { FleetReason } from "./document.js";
import { Keeper, type KeeperEnd } from "./keeper.js";
import { codeOf, unproven, whyOf, type Standing } from "./standing.js";

/** What a wave does on each of its hosts, and how that is undone. */
export interface WaveAction {
  readonly name: string;
  /** Does it, and answers with the proof. Ended by the signal, the host brings what it began to a safe end. */
  readonly act: (host: FleetHost, signal: AbortSignal) => Promise<Answer>;
  /** Restores what was before, from any state. Never rejects; `proven` means that this is. */
  readonly back: (host: FleetHost, reason: string) => Promise<Standing>;
  /** Whether a host needs nothing more after an `act` that was not proven: it has undone it, and proves that. */
  readonly isUndone: (host: FleetHost, answer: Answer) => Promise<boolean>;
  /** Whether the hosts have canaries, which are watched for as long as the command runs. */
  readonly keeps: boolean;
}

/** What is asked of a run. */
export interface WavesRequest {
  readonly waves: readonly (readonly FleetHost[])[];
  /** Hosts on which it was done before this command, with their phase. */
  readonly done: ReadonlyMap<string, string | null>;
  /** Hosts whose canaries are watched from the beginning. */
  readonly watched: readonly FleetHost[];
  /** How long to wait after each wave but the last, in milliseconds. */
  readonly soakMs: number;
}

/** How a run ended. */
export interface WavesEnd {
  readonly standing: ReadonlyMap<string, Standing>;
  readonly reasons: readonly FleetReason[];
  /** How many canaries are left that nothing watches from now on. */
  readonly unwatched: number;
}

/**
 * Acts wave after wave; within one, on all hosts at once. The first host that fails, or whose canary is lost meanwhile,
 * stops what is under way everywhere, and every host that has begun is restored, in parallel. An interruption stops
 * what is under way, and leaves what is proven as it is.
 */
export class WavesRun {
  readonly #context: FleetContext;
  readonly #action: WaveAction;
  readonly #request: WavesRequest;
  readonly #standing = new Map<string, Standing>();
  readonly #keepers = new Map<string, Keeper>();
  readonly #backs = new Map<string, Promise<void>>();
  /** Hosts that the action is under way on: the end of their watch is part of it. */
  readonly #acting = new Set<string>();
  readonly #failing = new AbortController();
  #failure: { readonly host: FleetHost; readonly reason: FleetReason } | null = null;

  constructor(context: FleetContext, action: WaveAction, request: WavesRequest) {
    this.#context = context;
    this.#action = action;
    this.#request = request;
  }

  /** A host was lost: another wave must not begin. */
  lose(host: FleetHost, why: string): void {
    this.#fail(host, { code: "host_unreachable", text: why });
  }

  async run(): Promise<WavesEnd> {
    const { waves, done, watched, soakMs } = this.#request;
    const hosts = waves.flat();
    for (const host of hosts) {
      const phase = done.get(host.name);
      this.#standing.set(host.name, phase === undefined ? { kind: "untouched" } : { kind: "proven", phase });
    }
    for (const host of watched) this.#keep(host);
    const stop = AbortSignal.any([this.#context.signal, this.#failing.signal]);
    for (const [at, wave] of waves.entries()) {
      if (isOver(stop)) break;
      const open = wave.filter(({ name }) => !done.has(name));
      if (open.length === 0) continue;
      this.#context.say(null, `wave ${at + 1} of ${waves.length}: ${open.map(({ name }) => name).join(", ")}`);
      await Promise.all(open.map((host) => this.#actOn(host, stop)));
      if (at + 1 < waves.length && !isOver(stop)) await this.#context.sleep(soakMs, stop);
    }
    const ends = await Promise.all([...this.#keepers].map(([name, keeper]) => this.#unkeep(name, keeper)));
    // A watch that fails while it ends restores the others, too.
    await Promise.all(this.#backs.values());
    const unwatched = ends.filter((isLeft) => isLeft).length;
    return { standing: this.#standing, reasons: this.#reasons(), unwatched };
  }

  #reasons(): readonly FleetReason[] {
    if (this.#failure !== null) {
      const { host, reason } = this.#failure;
      return [{ code: reason.code, text: `${host.name}: ${reason.text}` }];
    }
    const { name } = this.#action;
    if (this.#context.signal.aborted && [...this.#standing.values()].some(({ kind }) => kind !== "proven"))
      return [{ code: "interrupted", text: `Interrupted before ${name} was proven on every host.` }];
    return [];
  }

  async #actOn(host: FleetHost, stop: AbortSignal): Promise<void> {
    const { name, act, isUndone, keeps } = this.#action;
    if (isOver(stop)) return;
    this.#standing.set(host.name, { kind: "begun" });
    this.#acting.add(host.name);
    const answer = await act(host, stop);
    this.#acting.delete(host.name);
    if (answer.kind === "proven") {
      this.#context.say(host.name, `${name}: proven`);
      this.#standing.set(host.name, { kind: "proven", phase: keeps ? "canary" : null });
      // What failed elsewhere meanwhile did not know of this host yet.
      if (this.#failing.signal.aborted) await this.#back(host);
      else if (keeps) this.#keep(host);
      return;
    }
    const [why] = whyOf(answer);
    this.#context.say(host.name, `${name}: ${why}`);
    const wasStopped = isOver(stop);
    if (!wasStopped) this.#fail(host, { code: codeOf(answer), text: why });
    if (answer.kind !== "unreachable" && (await isUndone(host, answer)))
      this.#standing.set(host.name, { kind: "rolled_back", reasons: [why] });
    else if (this.#failing.signal.aborted) await this.#back(host);
    else this.#standing.set(host.name, unproven(this.#context, answer));
  }

  /** Watches the canary of a host from now on. */
  #keep(host: FleetHost): void {
    if (this.#failing.signal.aborted) return;
    const keeper = new Keeper(this.#context, host);
    this.#keepers.set(host.name, keeper);
    void keeper.ended.then((end) => {
      this.#unkept(host, keeper, end);
    });
  }

  /** Ends a watch; answers whether it leaves a canary. */
  async #unkeep(name: string, keeper: Keeper): Promise<boolean> {
    const { kind } = await keeper.stop();
    return kind === "stopped" && !this.#backs.has(name);
  }

  #unkept(host: FleetHost, keeper: Keeper, end: KeeperEnd): void {
    const isOwn = this.#keepers.get(host.name) === keeper && !this.#acting.has(host.name);
    if (end.kind !== "failed" || !isOwn || this.#backs.has(host.name)) return;
    const code = end.isReachable ? "host_failed" : "host_unreachable";
    this.#fail(host, { code, text: `its watch has ended: ${end.reasons[0]}` });
  }

  /** The first failure stops what is under way, and restores what was done, at once. */
  #fail(host: FleetHost, reason: FleetReason): void {
    if (this.#failure !== null) return;
    this.#failure = { host, reason };
    this.#context.say(host.name, `FAILED: ${reason.text}; every host that has begun is rolled back`);
    this.#failing.abort();
    const { waves, watched } = this.#request;
    for (const each of waves.flat()) {
      const isKept = watched.some(({ name }) => name === each.name) && !this.#acting.has(each.name);
      if (isKept || this.#standing.get(each.name)?.kind === "proven") void this.#back(each);
    }
  }

  #back(host: FleetHost): Promise<void> {
    const known = this.#backs.get(host.name);
    if (known !== undefined) return known;
    const because = this.#failure === null ? "" : `${this.#failure.host.name}: ${this.#failure.reason.text}`;
    const back = this.#action.back(host, because).then((result) => {
      this.#standing.set(host.name, result.kind === "proven" ? { kind: "rolled_back", reasons: [because] } : result);
    });
    this.#backs.set(host.name, back);
    return back;
  }
}

/** Asked each time: a signal that was not aborted before may be by now. */
function isOver({ aborted }: AbortSignal): boolean {
  return aborted;
}
