import { constants } from "node:fs";
import { open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { familiesOf, toExposition, type Measured } from "@qsc/report/metrics";
import { Observer, type ObservedPlace } from "@qsc/rollout";

/** The least time between two writes of a running watch, in milliseconds: a scrape comes every 15 s or so. */
const EVERY_MS = 5000;
/** At its end a command waits no longer than this for the last write, in milliseconds. */
const END_MS = 1000;
/** A longer audit log is left out, in bytes: checking its chain would hold up the watch. */
const MOST_LOG_BYTES = 1024 * 1024;
/** node_exporter, which is another user, reads it. */
const MODE = 0o644;
const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;

/** What the metrics are taken from. */
export interface MetricsSource {
  readonly place: ObservedPlace;
  readonly toolVersion: string;
  readonly isDeadManArmed: () => Promise<boolean>;
  /** Called once for each kind of failure. */
  readonly say: (sentence: string) => void;
}

interface Telemetry {
  readonly outage: string | null;
  readonly sinceMs: number | null;
}

/**
 * The metrics of a canary in a file for node_exporter. It appears whole or not at all. Nothing waits for it, and no
 * failure to write it does more than be said: one write runs at a time, beside what the command does.
 */
export class MetricsFile {
  readonly #path: string;
  readonly #source: MetricsSource;
  readonly #observer: Observer;
  readonly #said = new Set<string>();
  #telemetry: Telemetry | null = null;
  #lastMs: number | null = null;
  #writing: Promise<void> | null = null;

  constructor(path: string, source: MetricsSource) {
    this.#path = path;
    this.#source = source;
    this.#observer = new Observer(source.place);
  }

  /** Writes the file, unless that was done a moment ago, or is being done. @param outage of the watch's telemetry */
  update(outage: string | null): void {
    const sinceMs = outage === null ? null : (this.#telemetry?.sinceMs ?? Date.now());
    const isSame = this.#telemetry !== null && (this.#telemetry.outage === null) === (outage === null);
    this.#telemetry = { outage, sinceMs };
    const now = performance.now();
    if (this.#writing !== null || (isSame && this.#lastMs !== null && now - this.#lastMs < EVERY_MS)) return;
    this.#lastMs = now;
    void this.#write();
  }

  /** Writes the file as the command leaves the canary. Never rejects, and takes a second at most. */
  async end(): Promise<void> {
    const enough = new AbortController();
    const late = new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        this.#fail(new Error("it takes too long"));
        resolve();
      }, END_MS);
      enough.signal.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve();
      });
    });
    // The command reads no telemetry from here on: what is known of it is not known any longer.
    this.#telemetry = null;
    const written = (this.#writing ?? Promise.resolve()).then(() => this.#write());
    await Promise.race([written, late]);
    enough.abort();
  }

  #write(): Promise<void> {
    this.#writing = this.#replace()
      .catch((thrown: unknown) => {
        this.#fail(thrown);
      })
      .finally(() => {
        this.#writing = null;
      });
    return this.#writing;
  }

  async #replace(): Promise<void> {
    const text = toExposition(familiesOf(await this.#measured()));
    const temporary = join(dirname(this.#path), `.${basename(this.#path)}.${process.pid}.tmp`);
    await rm(temporary, { force: true });
    const file = await open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, MODE);
    try {
      await file.chmod(MODE);
      await file.writeFile(text);
      await file.close();
      await rename(temporary, this.#path);
    } catch (thrown) {
      await file.close().catch(() => undefined);
      await rm(temporary, { force: true }).catch(() => undefined);
      throw thrown;
    }
  }

  async #measured(): Promise<Measured> {
    const { place, toolVersion, isDeadManArmed } = this.#source;
    const state = await this.#observer.state();
    return {
      toolVersion,
      unit: place.unit,
      state: state.kind === "state" ? state.state : state.kind === "absent" ? "absent" : "unknown",
      log: await this.#log(),
      deadManArmed: await isDeadManArmed().catch(() => null),
      notifications: null,
      telemetry: telemetryOf(this.#telemetry),
    };
  }

  async #log(): Promise<Measured["log"]> {
    const { size } = await stat(this.#observer.paths.audit).catch(() => ({ size: 0 }));
    if (size > MOST_LOG_BYTES) return null;
    const { audit } = await this.#observer.look();
    return audit.problem === null ? audit.entries : "unreliable";
  }

  #fail(thrown: unknown): void {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    // The name of the temporary file is the same in each.
    if (this.#said.has(why)) return;
    this.#said.add(why);
    this.#source.say(`The metrics are not written to ${this.#path}: ${why}. The watch does not depend on them.`);
  }
}

function telemetryOf(telemetry: Telemetry | null): Measured["telemetry"] {
  if (telemetry === null) return null;
  const { outage, sinceMs } = telemetry;
  return {
    tally: null,
    up: outage === null,
    outageSeconds: sinceMs === null ? 0 : (Date.now() - sinceMs) / 1000,
    newestDecisionMs: null,
    weights: null,
  };
}
