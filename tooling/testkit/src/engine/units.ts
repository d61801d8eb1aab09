import { join } from "node:path";
import { repositoryRoot } from "../recording.js";

const REAL = join(repositoryRoot, "apps/ai-engine/bin/ai-engine.js");
const SCRIPTED = join(repositoryRoot, "tooling/testkit/dist/engine/main.js");

/** Which engine a unit runs, and how. */
export type Engine =
  /** The reference engine with its four models. */
  | { readonly kind: "real"; readonly rate: number }
  | {
      readonly kind: "scripted";
      /** Decisions per second. */
      readonly rate: number;
      readonly seed: number;
      /** Whether it serves its baseline whatever a drop-in says. */
      readonly ignoresDropIn?: boolean;
    };

/** The text of a unit that runs an engine. @param further lines of its [Service] */
export function unitText(engine: Engine, sink: string, stream: string, further: readonly string[]): string {
  const environment = { ...environmentOf(engine), INTENT_SINK: sink, INTENT_STREAM: stream };
  const program = engine.kind === "real" ? REAL : SCRIPTED;
  return [
    "[Unit]",
    "Description=Engine of a test",
    "[Service]",
    "Type=exec",
    ...Object.entries(environment).map(([name, value]) => `Environment=${name}=${value}`),
    `ExecStart=${process.execPath} ${program}`,
    ...further,
    "[Install]",
    "WantedBy=multi-user.target",
    "",
  ].join("\n");
}

function environmentOf(engine: Engine): Readonly<Record<string, string>> {
  const { rate } = engine;
  if (engine.kind === "real") {
    return {
      BINANCE_TESTNET: "true",
      HEALTH_PORT: "0",
      FEATURE_SOURCE: `synthetic:?rate=${rate}`,
      AI_ENGINE_BUILD: "bench",
    };
  }
  return { RATE: String(rate), SEED: String(engine.seed), IGNORE_DROP_IN: String(engine.ignoresDropIn ?? false) };
}
