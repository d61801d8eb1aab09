#!/usr/bin/env node
/**
 * Writes rows of the synthetic market as CSV, for the training in Python. Needs the built engine (`pnpm build`).
 *
 *   node export-market.js SEED ROWS FILE
 */
import { createWriteStream } from "node:fs";
import { once } from "node:events";
import { DEFAULT_SYMBOLS, MARKET_FEATURES, syntheticMarket } from "../dist/market/index.js";

const [seed, rows, file, ...rest] = process.argv.slice(2);
const wanted = { seed: Number(seed), rows: Number(rows) };
if (file === undefined || rest.length > 0 || !Number.isInteger(wanted.seed) || !(wanted.rows > 0)) {
  throw new Error("Usage: export-market.js SEED ROWS FILE");
}

const out = createWriteStream(file);
out.write(`${["symbol", "tick", "close", ...MARKET_FEATURES].join(",")}\n`);
let left = wanted.rows;
for (const { symbol, tick, close, features } of syntheticMarket({ seed: wanted.seed, symbols: DEFAULT_SYMBOLS })) {
  if (left === 0) break;
  left -= 1;
  // In single precision, as the models see them.
  const vector = MARKET_FEATURES.map((name) => Math.fround(features[name] ?? NaN));
  if (!out.write(`${[symbol, tick, close, ...vector].join(",")}\n`)) await once(out, "drain");
}
out.end();
await once(out, "finish");
