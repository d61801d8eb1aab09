import { describeDuration, describeRoughly, type PowerRow, type WatchPower } from "@qsc/contract";
import type { Block } from "../blocks.js";
import { plain } from "./shared.js";

type Cell = ReturnType<typeof plain>;

/** What the sequential tests of a watch can see of each model: a row for each limit, and for each fault of one symbol. */
export function powerTables(all: readonly WatchPower[]): readonly Block[] {
  return all.flatMap((power): readonly Block[] => [limitsTable(power), ...symbolsTable(power)]);
}

function limitsTable({ model, durationMs, rows }: WatchPower): Block {
  return {
    kind: "table",
    title: `What a watch of ${describeDuration(durationMs)} can see of ${model}`,
    head: ["limit", "fault", "detected after", "at this rate", "under --rule evidence"],
    rows: rows.map((row) => [plain(row.limit), plain(row.fault), ...foundAfter(row)]),
    part: "power",
  };
}

function symbolsTable({ model, durationMs, symbols }: WatchPower): readonly Block[] {
  if (symbols === undefined) return [];
  const { decides, known, rows } = symbols;
  const ofThem = known === null ? "" : ` of ${known}`;
  return [
    {
      kind: "table",
      title: `What a watch of ${describeDuration(durationMs)} can see of ${model} for one symbol${ofThem}`,
      head: ["fault", "detected after", "at a symbol's pace", "if it begins late", "then"],
      rows: rows.map(({ fault, label, decisions, late, minutes }) => [
        plain(label === null ? fault : `always ${label}`),
        ofSymbol(decisions),
        timeOf(decisions, minutes),
        ofSymbol(late),
        plain(decides ? "the watch ends" : "the report shows it"),
      ]),
      part: "power",
    },
  ];
}

function ofSymbol(decisions: number | null): Cell {
  return decisions === null ? { text: "not detected", tone: "unknown" } : plain(`${decisions} decisions of it`);
}

function timeOf(decisions: number | null, minutes: number | null): Cell {
  if (decisions === null) return plain("-");
  return minutes === null ? { text: "unknown", tone: "unknown" } : plain(describeRoughly(minutes * 60_000));
}

function foundAfter({ observations, decisions, minutes, inTime }: PowerRow): Cell[] {
  const judge = plain(inTime ? "waits for evidence" : "the point estimate ends the watch");
  if (observations === null) return [{ text: "not detected", tone: "unknown" }, plain("-"), judge];
  const count = decisions === null ? `${observations} bursts` : `${decisions} decisions`;
  const time = minutes === null ? "unknown" : describeRoughly(minutes * 60_000);
  return [plain(count), { text: time, tone: inTime ? "plain" : "unknown" }, judge];
}
