import { constants } from "node:fs";
import { open, readdir, type FileHandle } from "node:fs/promises";
import { readRegularFile } from "../host/regular-file.js";
import { systemCodeOf } from "../host/system-code.js";
import { fingerprintOf } from "./changed-file.js";

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants;
/** The way to the reports, below the working directory. */
const WAY = ["reports", "safety"];
/** A larger report is not read, in bytes. */
const MOST = 16 * 1024 * 1024;

/** A name that reports have: what it is of, when it was made, and its form. Nothing else is a report. */
const NAME = /^([a-z][a-z_]{0,40}?)_(?:(\d{8})_(\d{6})|latest)(?:_[a-z0-9_]{1,40})?\.(md|html|json)$/;

/** A report, by its name alone. */
export interface ListedReport {
  /** Its file name without the extension. */
  readonly base: string;
  /** What it is of: `quality_gate`, `qsc_monitor_final`, `rollback`, ... */
  readonly of: string;
  /** When it was made, ISO 8601 UTC; null if its name does not say. */
  readonly at: string | null;
  /** The extensions that there are. */
  readonly forms: readonly string[];
}

/**
 * The reports below a working directory, listed by their names, so that their number does not matter. One is read only
 * under a name of the list, never through a link.
 */
export class PastReports {
  readonly #workdir: string;
  #known: { readonly fingerprint: string | null; readonly reports: readonly ListedReport[] } | null = null;

  constructor(workdir: string) {
    this.#workdir = workdir;
  }

  /** All reports, oldest first; the same array as long as none is added. @throws the system's error */
  async list(): Promise<readonly ListedReport[]> {
    const fingerprint = await fingerprintOf([this.#workdir, ...WAY].join("/"));
    if (this.#known?.fingerprint !== fingerprint) {
      this.#known = null;
      const names = await this.#inDirectory((path) => readdir(path));
      this.#known = { fingerprint, reports: listed(names ?? []) };
    }
    return this.#known.reports;
  }

  /** A report; null if none has that name. @throws Error if what has it cannot be read */
  async read(name: string): Promise<Buffer | null> {
    if (!NAME.test(name)) return null;
    return await this.#inDirectory(async (path) => {
      const names = await readdir(path);
      return names.includes(name) ? await readRegularFile(`${path}/${name}`, MOST, O_NOFOLLOW) : null;
    });
  }

  /** Does something in the directory of the reports, which no link may stand for; null if there is none. */
  async #inDirectory<T>(use: (path: string) => Promise<T>): Promise<T | null> {
    const held: FileHandle[] = [];
    try {
      held.push(await open(this.#workdir, O_RDONLY | O_DIRECTORY));
      for (const name of WAY) held.push(await open(`${through(held)}/${name}`, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
      return await use(through(held));
    } catch (thrown) {
      if (systemCodeOf(thrown) === "ENOENT") return null;
      throw thrown;
    } finally {
      for (const handle of held) await handle.close();
    }
  }
}

/** The directory that was opened last, whatever has its name by now. */
function through(held: readonly FileHandle[]): string {
  const last = held.at(-1);
  if (last === undefined) throw new Error("no directory is open");
  return `/proc/self/fd/${last.fd}`;
}

function listed(names: readonly string[]): readonly ListedReport[] {
  const found = new Map<string, { readonly of: string; readonly at: string | null; readonly forms: string[] }>();
  for (const name of names.toSorted()) {
    const [, of = "", day, time, form = ""] = NAME.exec(name) ?? [];
    if (of === "") continue;
    const base = name.slice(0, -form.length - 1);
    const known = found.get(base) ?? { of, at: timeOf(day, time), forms: [] };
    known.forms.push(form);
    found.set(base, known);
  }
  return [...found].map(([base, rest]) => ({ base, ...rest })).sort((a, b) => compare(a.at ?? "", b.at ?? ""));
}

function timeOf(day: string | undefined, time: string | undefined): string | null {
  if (day === undefined || time === undefined) return null;
  const at = (text: string, from: number, to: number): string => text.slice(from, to);
  const iso = `${at(day, 0, 4)}-${at(day, 4, 6)}-${at(day, 6, 8)}T${at(time, 0, 2)}:${at(time, 2, 4)}:${at(time, 4, 6)}.000Z`;
  return Number.isNaN(Date.parse(iso)) ? null : iso;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
