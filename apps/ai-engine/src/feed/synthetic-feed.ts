import { MIN_ID } from "@qsc/contract";
import { entryIds } from "@qsc/stream-reader/sink";
import { setTimeout as wait } from "node:timers/promises";
import { DEFAULT_SYMBOLS, syntheticMarket } from "../market/index.js";
import type { SyntheticSource } from "../settings/feature-source.js";
import type { Feed, FeedRow } from "./port.js";

/** How many rows are given out at a time. */
const PAGE = 64;
/** How often a paced feed checks for due rows, in milliseconds. */
const BEAT_MS = 10;

/** The synthetic market as a feed. A row gets its time when it is given out. */
export function syntheticFeed(source: SyntheticSource, now: () => number): Feed {
  const symbols = source.symbols ?? DEFAULT_SYMBOLS;
  const market = syntheticMarket({ seed: source.seed, symbols });
  const nextId = entryIds();
  const take = (count: number): FeedRow[] =>
    Array.from({ length: count }, () => {
      const { symbol, features } = market.next().value;
      const timeMs = now();
      return { kind: "row", id: nextId(timeMs), symbol, features, timeMs };
    });
  const pages = source.rowsPerSecond === null ? unpaced : paced(source.rowsPerSecond);
  return {
    label: `synthetic market (seed ${source.seed})`,
    live: source.rowsPerSecond !== null,
    warmUp: (perSymbol) => Promise.resolve({ rows: take(perSymbol * symbols.length), until: MIN_ID }),
    async *rows(signal) {
      let left = source.rows ?? Infinity;
      for await (const due of pages(signal)) {
        // Small pages: a row's time is the time at which it is given out, however many are due.
        for (let owed = due; owed > 0 && left > 0 && !signal.aborted;) {
          const count = Math.min(owed, left, PAGE);
          owed -= count;
          left -= count;
          yield take(count);
        }
        if (left === 0) return;
      }
    },
    gaps: () => [],
    close: () => Promise.resolve(),
  };
}

type Pages = (signal: AbortSignal) => AsyncIterable<number>;

const unpaced: Pages = async function* (signal) {
  while (!signal.aborted) {
    yield PAGE;
    // Lets timers, sockets and signals run.
    await wait(0);
  }
};

/** All rows due since the start. A slow timer catches up, so none is lost. */
function paced(rowsPerSecond: number): Pages {
  return async function* (signal) {
    const start = performance.now();
    let given = 0;
    while (!signal.aborted) {
      const due = Math.floor(((performance.now() - start) / 1000) * rowsPerSecond) - given;
      given += due;
      if (due > 0) yield due;
      await wait(BEAT_MS);
    }
  };
}
