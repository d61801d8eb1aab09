import { asQscError, type AuditEntry } from "@qsc/contract";
import { readAudit, type AuditReading } from "../operation/audit-log.js";
import { anchorProblem } from "../operation/audit-anchor.js";
import { missingFrom } from "../operation/unlogged.js";
import { stateOf, type ReadState } from "../canary/state.js";
import { canaryPaths, type CanaryPaths } from "../operation/context.js";
import { plainFiles } from "../host/files.js";
import { canariesIn, type ToldCanary } from "../history.js";
import { ChangedFile } from "./changed-file.js";

/** Where a canary's files are, and whose they are. */
export interface ObservedPlace {
  /** The directory with state, log and reports; absolute. */
  readonly workdir: string;
  readonly unit: string;
}

/** What the files of a canary say. */
export interface Observation {
  /** Also `broken` if the file cannot be read: then whether there is a canary is unknown. */
  readonly state: ReadState;
  readonly audit: ObservedLog;
}

/** What the audit log says of the unit. */
export interface ObservedLog {
  /** Those of this unit, oldest first; of a broken log, those before the break. */
  readonly entries: readonly AuditEntry[];
  /** Oldest first. */
  readonly canaries: readonly ToldCanary[];
  /** Why the log cannot be relied on; null if its chain is whole and matches the state. */
  readonly problem: string | null;
}

/**
 * Reads what a watch and other commands write: state and audit log. It writes nothing, takes no lock, needs no right
 * but to read, and reads only files that have changed.
 */
export class Observer {
  readonly #place: ObservedPlace;
  readonly #paths: CanaryPaths;
  readonly #state: ChangedFile<ReadState>;
  readonly #log: ChangedFile<AuditReading>;
  #last: { readonly state: ReadState; readonly reading: AuditReading; readonly told: Observation } | null = null;

  constructor(place: ObservedPlace) {
    this.#place = place;
    const paths = canaryPaths(place.workdir);
    this.#paths = paths;
    this.#state = new ChangedFile(paths.state, async () => {
      const text = await plainFiles.read(paths.state);
      return text === null ? { kind: "absent" } : stateOf(text, { paths, unit: place.unit });
    });
    this.#log = new ChangedFile(paths.audit, () => readAudit(plainFiles, paths.audit));
  }

  /** Where the files are. */
  get paths(): CanaryPaths {
    return this.#paths;
  }

  /** What the state file says now. Never rejects. */
  async state(): Promise<ReadState> {
    return this.#state.content().catch((thrown: unknown): ReadState => ({
      kind: "broken",
      detail: asQscError(thrown).message,
    }));
  }

  /** What the files say now. Never rejects: what cannot be read is said. The same object as long as nothing changes. */
  async look(): Promise<Observation> {
    // Before the log: a command that acts meanwhile writes the log first.
    const state = await this.state();
    const reading = await this.#log.content().catch((thrown: unknown): AuditReading => ({
      entries: [],
      broken: { line: 0, detail: asQscError(thrown).message },
      torn: null,
      open: false,
    }));
    const last = this.#last;
    if (last !== null && sameState(last.state, state) && sameReading(last.reading, reading)) return last.told;
    const told = { state, audit: logOf(this.#place, this.#paths, reading, state) };
    this.#last = { state, reading, told };
    return told;
  }
}

function sameState(one: ReadState, other: ReadState): boolean {
  return one === other || (one.kind === "broken" && other.kind === "broken" && one.detail === other.detail);
}

function sameReading(one: AuditReading, other: AuditReading): boolean {
  return one === other || (one.broken !== null && one.broken.detail === other.broken?.detail);
}

function logOf(
  { unit }: ObservedPlace,
  { audit }: CanaryPaths,
  { entries, broken }: AuditReading,
  state: ReadState,
): ObservedLog {
  const own = entries.filter((entry) => entry.unit === unit);
  const { audit: anchor = null, unlogged = [] } = state.kind === "state" ? state.state : {};
  const differs = anchor === null ? null : anchorProblem(entries, anchor);
  const missing = missingFrom(entries, unlogged);
  return { entries: own, canaries: canariesIn([...own, ...missing]), problem: problemOf() };

  function problemOf(): string | null {
    if (broken !== null)
      return broken.line === 0 ? broken.detail : `line ${broken.line} of ${audit} is broken: ${broken.detail}`;
    if (differs !== null) return `${audit} does not match the state: ${differs}`;
    return missing.length === 0 ? null : `${audit} lacks ${missing.length} entries, which only the state has`;
  }
}
