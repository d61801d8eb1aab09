export { MARKET_FEATURES } from "./features.js";
export { DEFAULT_SYMBOLS, syntheticMarket, type MarketRow } from "./synthetic-market.js";
