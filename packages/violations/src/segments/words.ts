import type { SegmentRow } from "@qsc/contract";
import { say } from "../checks/words.js";

/** What a model does for a symbol that it is dead for, in words. */
export function describeDead({ symbol, fault, shares, unchanged, predictions, decisions }: SegmentRow): string {
  const [label, share] = Object.entries(shares).reduce<readonly [string, number]>(
    (most, [name, value]) => (value !== null && value > most[1] ? [name, value] : most),
    ["no known label", 0],
  );
  const labels = `${label} in ${say(share, "percent")} of ${predictions} predictions`;
  switch (fault) {
    case "no answer":
      return `${symbol} (no prediction in ${decisions - predictions} of ${decisions} decisions)`;
    case "one confidence":
      return `${symbol} (confidence unchanged in ${say(unchanged, "percent")}, ${labels})`;
    case "one label":
    case null:
      return `${symbol} (${labels})`;
  }
}

/** The first few things in words, and how many more there are. */
export function listed<Item>(items: readonly Item[], describe: (item: Item) => string, most = 5): string {
  const rest = items.length - most;
  const shown = items.slice(0, most).map(describe).join(", ");
  return rest > 0 ? `${shown} and ${rest} more` : shown;
}
