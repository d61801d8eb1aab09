import { Problem, type Environment } from "./problems.js";

/**
 * Checks that this engine may trade.
 * @throws Problem unless the market is the test network, or the settings explicitly allow a live market.
 */
export function assertTestnet(env: Environment): void {
  if (env["BINANCE_TESTNET"] === "true" || env["ALLOW_LIVE_TRADING"] === "true") return;
  const found = env["BINANCE_TESTNET"] === undefined ? "not set" : `'${env["BINANCE_TESTNET"]}'`;
  throw new Problem(
    `BINANCE_TESTNET is ${found}: the engine refuses to trade on a live market. Set BINANCE_TESTNET=true or, if a live market is really meant, ALLOW_LIVE_TRADING=true.`,
  );
}
