import { appendFile } from "node:fs/promises";
import { FEATURES_EVENT_TYPE } from "@qsc/contract";
import type { Entry } from "@qsc-tooling/testkit";
import { syntheticMarket } from "../../../src/market/index.js";

const SYMBOLS = ["BTCUSDT", "ETHUSDT", "SOLUSDT", "BNBUSDT", "XRPUSDT", "ADAUSDT"];

/**
 * Rows of the synthetic market as another process would publish them. Their IDs are a millisecond apart and end now.
 */
export function marketEntries(seed: number, count: number): Entry[] {
  const market = syntheticMarket({ seed, symbols: SYMBOLS });
  const start = Date.now() - count;
  return Array.from({ length: count }, (_, index) => {
    const { symbol, features } = market.next().value;
    return featureEntry(start + index, symbol, features);
  });
}

/** One row of features. NaN is written the way Python writes it. */
export function featureEntry(timeMs: number, symbol: string, features: Readonly<Record<string, number>>): Entry {
  const members = Object.entries(features).map(([name, value]) => `${JSON.stringify(name)}:${value}`);
  const payload = `{"symbol":${JSON.stringify(symbol)},"features":{${members.join(",")}}}`;
  return { id: `${timeMs}-0`, fields: { event_type: FEATURES_EVENT_TYPE, payload } };
}

/** Appends entries to an event log that may be followed. */
export async function appendEntries(path: string, entries: readonly Entry[]): Promise<void> {
  await appendFile(path, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
}
