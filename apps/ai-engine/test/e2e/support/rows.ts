import type { Entry } from "@qsc-tooling/testkit";
import { featureEntry } from "./features.js";

/** Rows of one symbol for the test models. Their IDs are a millisecond apart, starting at `from`. */
export function tabularEntries(from: number, count: number, symbol = "BTCUSDT"): Entry[] {
  return Array.from({ length: count }, (_, index) =>
    featureEntry(from + index, symbol, {
      momentum: Math.sin(index),
      rsi: Math.cos(index),
      spread: Math.sin(3 * index),
      volume: 0.5,
    }),
  );
}
