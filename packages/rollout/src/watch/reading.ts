import {
  compareIds,
  iso,
  parseEntryId,
  QscError,
  type EntryId,
  type EvidenceFinding,
  type ModelReading,
  type WatchEvidence,
  type WatchProgress,
  type WatchRule,
} from "@qsc/contract";
import type { SourceItem } from "@qsc/stream-reader";
import type { CompiledPolicy, EntryEvidence } from "@qsc/violations";
import type { CanaryWorld } from "../canary/world.js";
import { Entries } from "./entries.js";
import { evidenceOf, evidenceState, strongestOf } from "./kept-evidence.js";
import { worstMargins } from "./margins.js";
import { TICK_MS, type Watched, type WatchEvent } from "./reducer.js";
import { unprovenOf, violationsOf } from "./violations.js";
import { WatchWindow, type Look } from "./window.js";

type Read = Extract<WatchEvent, { readonly kind: "read" }>;
type Judged = Extract<WatchEvent, { readonly kind: "judged" }>;

/** What a reading is asked for. */
export interface ReadingRequest {
  /** The newest entries that are judged. */
  readonly window: number;
  readonly rule: WatchRule;
  /** Ends the reading. */
  readonly signal: AbortSignal;
}

/** The telemetry of a watch: what was read of it, and what that says of the canary. */
export class Reading {
  readonly #world: CanaryWorld;
  readonly #watched: Watched;
  readonly #request: ReadingRequest;
  readonly #evidence: EntryEvidence;
  readonly #window: WatchWindow;
  readonly #entries: Entries;
  readonly #warnings = new Set<string>();
  #gaps: readonly string[] = [];
  #look: Look | null = null;

  constructor(world: CanaryWorld, watched: Watched, policy: CompiledPolicy, request: ReadingRequest) {
    this.#world = world;
    this.#watched = watched;
    this.#request = request;
    const { canary, evidence, watch } = watched;
    const { cutover, cursor, mark = null } = watch;
    this.#evidence = evidenceOf(policy.policy, canary, evidence);
    this.#window = new WatchWindow(request.window, policy, canary, Date.parse(cutover));
    this.#entries = new Entries(world, cutover, request.signal, cursor === null ? null : entryIdOf(cursor), { mark, window: request.window });
  }

  /** The last judgement; null before the first. */
  get look(): Look | null {
    return this.#look;
  }

  /** The process that published last. */
  get boot(): string | null {
    return this.#window.boot;
  }

  get warnings(): readonly string[] {
    return [...this.#warnings];
  }

  get findings(): readonly EvidenceFinding[] {
    return this.#evidence.findings();
  }

  get strongest(): EvidenceFinding | null {
    return strongestOf(this.#evidence);
  }

  /** The evidence so far, as the state file has it. */
  get kept(): WatchEvidence {
    return evidenceState(this.#evidence);
  }

  /** Takes in what has arrived, as soon as there is some, or after a tick. Never rejects. */
  async next({ cursor }: Pick<WatchProgress, "cursor">): Promise<Omit<Read, "kind" | "now" | "leaseRuns">> {
    const entries = this.#entries;
    const arrived = await entries.next(TICK_MS);
    // A read that hangs has no error, and proves no more than one that fails.
    const isRead = entries.caughtUp || arrived.length > 0;
    this.#gaps = entries.gaps;
    this.#window.recall(entries.earlier);
    this.#noteRefill();
    const known = cursor === null ? null : entryIdOf(cursor);
    const counted = arrived.filter((item) => this.#take(item, known)).length;
    return {
      cursor: this.#window.cursor,
      counted,
      mark: entries.mark,
      hasNews: arrived.length > 0,
      caughtUp: entries.caughtUp,
      outage: entries.outage?.message ?? (isRead ? null : "what there is has not been read to its end"),
    };
  }

  /** Judges the newest decisions as of now. */
  judge(worst: WatchProgress["worst"]): Judged {
    const nowMs = this.#world.clock.now();
    const minEvents = this.#world.setting.policy.minEvents.canary;
    const watched = Object.keys(this.#watched.canary.models);
    const look = this.#window.look(nowMs, this.#gaps);
    this.#look = look;
    return {
      kind: "judged",
      at: iso(nowMs),
      violations: [...this.#evidence.proven(), ...violationsOf(look, watched, minEvents, this.#request.rule)],
      unproven: unprovenOf(look, watched, minEvents),
      worst: worstMargins(worst, look, minEvents, nowMs),
    };
  }

  close(): Promise<void> {
    return this.#entries.close();
  }

  /** Answers whether the entry counts: what an earlier run has counted is read once more, for the window alone. */
  #take(item: SourceItem, known: EntryId | null): boolean {
    const { isNewest, decision, repeated } = this.#window.add(item);
    if (!isNewest || item.id === null || (known !== null && compareIds(item.id, known) <= 0)) return false;
    if (decision !== null) this.#evidence.take(this.#ofWatched(decision.models));
    if (repeated !== null) this.#evidence.takeRepeated(this.#ofWatched(repeated.models));
    return true;
  }

  #ofWatched(models: readonly ModelReading[]): readonly ModelReading[] {
    return models.filter(({ model }) => Object.hasOwn(this.#watched.canary.models, model));
  }

  /** A window that could not be filled again begins where it could, and says so. */
  #noteRefill(): void {
    const { refill } = this.#entries;
    if (refill === null) return;
    if (refill.sinceMs !== null) this.#window.beginsAt(refill.sinceMs);
    if (refill.warning !== null) this.#warnings.add(refill.warning);
  }
}

/** A cursor as the state file has it, which its schema has checked. */
function entryIdOf(text: string): EntryId {
  const id = parseEntryId(text);
  if (id === null) throw new QscError("internal", `'${text}' is not an entry ID.`);
  return id;
}
