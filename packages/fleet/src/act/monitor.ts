import type { FleetDocument } from "@qsc/contract";
import type { FleetHost } from "../inventory.js";
import { unwatchedWarnings } from "./activate.js";
import type { FleetContext } from "./context.js";
import { documentOf, type FleetReason } from "./document.js";
import { Keeper, type KeeperEnd } from "./keeper.js";
import { rollBackHost } from "./rollback.js";
import type { Standing } from "./standing.js";
import { askStatus } from "./status.js";

/** How often each host is asked how its watch stands, in milliseconds. */
const ASK_MS = 15_000;

/** What `qsc fleet monitor` is asked. */
export interface FleetMonitorRequest {
  /** Keep watching eligible canaries until a person acts. */
  readonly stay: boolean;
}

/**
 * Watches the canaries of all hosts until every one is eligible, or has the whole vote. The first that is rolled back, or
 * lost for longer than its lease, ends it, and all others are rolled back at once.
 */
export async function fleetMonitor(context: FleetContext, { stay }: FleetMonitorRequest): Promise<FleetDocument> {
  const { hosts } = context.inventory;
  const found = await Promise.all(hosts.map((host) => askStatus(context, host)));
  // Where nothing is to be watched, nothing is rolled back either: that would restart every engine.
  if (found.every(({ phase }) => phase === "baseline"))
    return documentOf(context, {
      action: "monitor",
      reasons: [{ code: "no_canary", text: "No host has a canary: run qsc fleet activate first." }],
      standing: new Map(),
    });
  return new FleetWatch(context).run(stay);
}

/** The watches of all hosts, until the first that fails. */
class FleetWatch {
  readonly #context: FleetContext;
  readonly #standing: Map<string, Standing>;
  readonly #phases = new Map<string, string>();
  readonly #failing = new AbortController();
  #failure: FleetReason | null = null;

  constructor(context: FleetContext) {
    this.#context = context;
    this.#standing = new Map(context.inventory.hosts.map(({ name }) => [name, { kind: "begun" }]));
  }

  async run(stay: boolean): Promise<FleetDocument> {
    const { hosts } = this.#context.inventory;
    const keepers = hosts.map((host) => ({ host, keeper: new Keeper(this.#context, host) }));
    const ends = Promise.all(keepers.map(async ({ host, keeper }) => this.#ended(host, await keeper.ended)));
    await Promise.race([ends, this.#untilEligible(stay)]);
    // The others are rolled back at once, not after the watch of a host that does not answer.
    let back = this.#failure === null ? null : this.#rollBack();
    for (const { keeper } of keepers) void keeper.stop();
    const unwatched = (await ends).filter((isLeft) => isLeft).length;
    // A watch that fails while it ends restores the others, too.
    if (this.#failure !== null) back ??= this.#rollBack();
    await back;
    return documentOf(this.#context, {
      action: "monitor",
      reasons: this.#reasons(),
      standing: this.#standing,
      warnings: unwatchedWarnings(this.#context, this.#failure === null ? unwatched : 0),
    });
  }

  /** Takes the end of a watch; answers whether it leaves a canary. */
  #ended(host: FleetHost, end: KeeperEnd): boolean {
    if (end.kind === "promoted") this.#standing.set(host.name, { kind: "proven", phase: "promoted" });
    if (end.kind === "failed")
      this.#fail(host, { code: end.isReachable ? "host_failed" : "host_unreachable", text: end.reasons[0] });
    return end.kind === "stopped";
  }

  #fail({ name }: FleetHost, { code, text }: FleetReason): void {
    if (this.#failure !== null) return;
    this.#failure = { code, text: `${name}: ${text}` };
    this.#context.say(name, `FAILED: ${text}; every host is rolled back`);
    this.#failing.abort();
  }

  async #rollBack(): Promise<void> {
    const reason = this.#failure?.text ?? "its watch has ended";
    await Promise.all(
      this.#context.inventory.hosts.map(async (host) => {
        const back = await rollBackHost(this.#context, host, reason);
        this.#standing.set(host.name, back.kind === "proven" ? { kind: "rolled_back", reasons: [reason] } : back);
      }),
    );
  }

  #reasons(): readonly FleetReason[] {
    if (this.#failure !== null) return [this.#failure];
    const isOpen = [...this.#standing.values()].some(({ kind }) => kind !== "proven");
    return this.#context.signal.aborted && isOpen
      ? [{ code: "interrupted", text: "Interrupted before the canary was eligible on every host." }]
      : [];
  }

  /** Asks all hosts again and again, until every one is eligible or promoted. */
  async #untilEligible(stay: boolean): Promise<void> {
    const { inventory, signal, sleep } = this.#context;
    const stop = AbortSignal.any([signal, this.#failing.signal]);
    while (!stop.aborted) {
      await Promise.all(inventory.hosts.map((host) => this.#ask(host, stop)));
      const isAll = inventory.hosts.every(({ name }) => this.#standing.get(name)?.kind === "proven");
      if (isAll && !stay) return;
      await sleep(ASK_MS, stop);
    }
  }

  async #ask(host: FleetHost, stop: AbortSignal): Promise<void> {
    const { name } = host;
    const { answer, phase } = await askStatus(this.#context, host, stop);
    if (stop.aborted || phase === null) return;
    if (this.#phases.get(name) !== phase) this.#context.say(name, `phase ${phase}`);
    this.#phases.set(name, phase);
    // The watch there may be frozen, and say nothing: the dead-man has acted instead.
    if (phase === "baseline" || phase === "rolling_back")
      this.#fail(host, { code: "host_failed", text: `its canary is gone: it is in phase ${phase}` });
    const isThere = answer.kind === "proven" && (phase === "eligible" || phase === "promoted");
    this.#standing.set(name, isThere ? { kind: "proven", phase } : { kind: "begun" });
  }
}
