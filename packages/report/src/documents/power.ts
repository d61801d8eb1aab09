import { describeDuration, describeRoughly, type PowerRow, type WatchPower } from "@qsc/contract";
import type { Block } from "../blocks.js";
import { plain } from "./shared.js";

/** What the sequential tests of a watch can see of each model: a row for each limit. */
export function powerTables(all: readonly WatchPower[]): readonly Block[] {
  return all.map(({ model, durationMs, rows }) => ({
    kind: "table",
    title: `What a watch of ${describeDuration(durationMs)} can see of ${model}`,
    head: ["limit", "fault", "detected after", "at this rate", "under --rule evidence"],
    rows: rows.map((row) => [plain(row.limit), plain(row.fault), ...foundAfter(row)]),
    part: "power",
  }));
}

function foundAfter({ observations, decisions, minutes, inTime }: PowerRow): ReturnType<typeof plain>[] {
  const judge = plain(inTime ? "waits for evidence" : "the point estimate ends the watch");
  if (observations === null) return [{ text: "not detected", tone: "unknown" }, plain("-"), judge];
  const count = decisions === null ? `${observations} bursts` : `${decisions} decisions`;
  const time = minutes === null ? "unknown" : describeRoughly(minutes * 60_000);
  return [plain(count), { text: time, tone: inTime ? "plain" : "unknown" }, judge];
}
