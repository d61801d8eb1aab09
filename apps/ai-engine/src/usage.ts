import { QscError } from "@qsc/contract";
import { PRESETS } from "./settings/settings.js";

/** What `--help` prints. */
export function usage(): string {
  const settings = [...PRESETS].map(([variable, preset]) => `  ${variable.padEnd(24)}${preset ?? ""}`.trimEnd());
  return `${[
    "Usage: ai-engine",
    "",
    "The reference serving engine: features in, fail-closed models, a weighted vote, intents out.",
    "It takes no arguments. It is told everything by its environment, and serves until SIGTERM.",
    "",
    "BINANCE_TESTNET=true is required (or ALLOW_LIVE_TRADING=true). The other variables, and their presets:",
    "",
    ...settings,
    "",
    "QSC_CANARY_MODEL, QSC_CANARY_WEIGHT and QSC_CANARY_WEIGHTS, all three or none, put a canary's weights in force.",
    "systemd/ai-engine.env explains each. Exit codes: 0 ended as told, 1 a setting to mend, 2 the features cannot be read.",
  ].join("\n")}\n`;
}

/** @throws QscError `usage` naming the first argument */
export function assertNoArguments(args: readonly string[]): void {
  const [first] = args;
  if (first === undefined) return;
  throw new QscError("usage", `ai-engine takes no arguments, and was given '${first}'; its settings are variables of its environment, see ai-engine --help.`);
}
