import { watch, type FSWatcher } from "node:fs";
import { dirname } from "node:path";
import {
  Observer,
  PastReports,
  TelemetryWatch,
  type ListedReport,
  type Observation,
  type ObservedPlace,
  type TelemetrySight,
  type TelemetryWatchRequest,
} from "@qsc/rollout";
import { asQscError } from "@qsc/contract";
import { TelemetryTally } from "@qsc/report/metrics";

/** How often files are looked at if nothing says that they changed, in milliseconds: a change shows within a second. */
const LOOK_MS = 500;
/** Changes that come together are told together, in milliseconds. */
const TOGETHER_MS = 50;

/** What the console knows at one moment. */
export interface Sight {
  readonly observation: Observation;
  readonly telemetry: TelemetrySight;
  readonly reports: readonly ListedReport[] | { readonly problem: string };
}

/** Looks at files and telemetry, and says when there may be something new. */
export class Feed {
  readonly tally: TelemetryTally = new TelemetryTally();
  readonly reports: PastReports;
  readonly #observer: Observer;
  readonly #telemetry: TelemetryWatch;
  readonly #onChange: () => void;
  #watchers = new Map<string, FSWatcher>();
  #soon: NodeJS.Timeout | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(
    place: ObservedPlace,
    telemetry: Pick<TelemetryWatchRequest, "openSource" | "signal">,
    onChange: () => void,
  ) {
    this.#observer = new Observer(place);
    this.reports = new PastReports(place.workdir);
    this.#onChange = onChange;
    this.#telemetry = new TelemetryWatch({
      ...telemetry,
      now: Date.now,
      onEntry: (read) => {
        this.tally.add(read);
      },
      onChange: () => {
        this.#changed();
      },
    });
    void this.#telemetry.run();
  }

  async look(): Promise<Sight> {
    const observation = await this.#observer.look();
    const reports = await this.reports.list().catch((thrown: unknown) => ({ problem: asQscError(thrown).message }));
    return { observation, telemetry: this.#telemetry.sight, reports };
  }

  get telemetry(): TelemetrySight {
    return this.#telemetry.sight;
  }

  /** Looks again and again, while a page is open. */
  start(): void {
    this.#timer ??= setInterval(() => {
      this.#watchAll();
      this.#onChange();
    }, LOOK_MS);
    this.#watchAll();
  }

  /** Looks no longer by itself. */
  rest(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    if (this.#soon !== null) clearTimeout(this.#soon);
    [this.#timer, this.#soon] = [null, null];
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers = new Map();
  }

  /** The directories may not be there yet, and may be replaced: then the timer sees what a watcher does not. */
  #watchAll(): void {
    const { state, audit } = this.#observer.paths;
    for (const directory of new Set([dirname(state), dirname(audit)])) {
      if (this.#watchers.has(directory)) continue;
      try {
        const watcher = watch(directory, () => {
          this.#changed();
        });
        const forget = (): void => {
          watcher.close();
          this.#watchers.delete(directory);
        };
        watcher.on("error", forget);
        this.#watchers.set(directory, watcher);
      } catch {
        // Not there, or too many are watched on this machine: the timer looks.
      }
    }
  }

  #changed(): void {
    if (this.#timer === null) return;
    this.#soon ??= setTimeout(() => {
      this.#soon = null;
      this.#onChange();
    }, TOGETHER_MS);
  }
}
