import { lastMsOf } from "../events.js";
import { jobPath, PYTHON_GATE, QSC } from "../internals.js";
import type { Contender } from "../measure.js";
import { PYTHON } from "./python.js";

/** A source to measure: the URL, the stream's key (none for an event log), and its number of events. */
export interface Measured {
  readonly source: string;
  readonly key: string | null;
  readonly events: number;
  readonly workdir: string;
}

/**
 * The gate as an operator runs it, from the start of the process to its exit. `after`: judge only this many of the
 * newest events.
 */
export function gateOf(
  { source, key, events, workdir }: Measured,
  name = "qsc quality-gate",
  afterMs: number | null = null,
): Contender {
  const after = afterMs === null ? [] : ["--after", new Date(afterMs).toISOString()];
  return {
    name,
    command: [
      process.execPath,
      QSC,
      "quality-gate",
      "--mode",
      "canary",
      "--json",
      "--source",
      source,
      ...(key === null ? [] : ["--stream", key]),
      "--as-of",
      new Date(lastMsOf(events)).toISOString(),
      "--workdir",
      workdir,
      ...after,
    ],
    counts: "process",
  };
}

/** With more events two threads read if there are two processors, so a run on one processor is measured as well. */
const READ_BY_TWO = 200_000;

/** The same on one processor, if that makes a difference. */
export function gateOnOne(measured: Measured): readonly Contender[] {
  return measured.events > READ_BY_TWO
    ? [{ ...gateOf(measured, "qsc quality-gate on one processor"), processors: "one" }]
    : [];
}

/** The reference gate in Python. */
export function pythonGateOf({ source, key }: Measured): Contender {
  return {
    name: "Python script",
    command: [PYTHON, PYTHON_GATE, ...(key === null ? [source.replace(/^file:/, "")] : [source, key])],
    counts: "process",
  };
}

export function rawDrainOf({ source, key, events }: Measured): Contender {
  return {
    name: "raw socket drain",
    command: [process.execPath, jobPath("raw-drain"), source, key ?? "", String(events)],
    counts: "inside",
  };
}

export function clientDrainOf({ source, key }: Measured): Contender {
  return {
    name: "reader, entries not looked at",
    command: [process.execPath, jobPath("client-drain"), source, key ?? ""],
    counts: "inside",
  };
}
