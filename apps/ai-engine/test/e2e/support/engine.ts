import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("../../../bin/ai-engine.js", import.meta.url));

/** How long to wait for something that will happen, on a busy machine. */
export const PATIENCE = { timeout: 180_000, interval: 50 };

const live = new Set<ReturnType<typeof spawn>>();
process.on("exit", () => {
  for (const child of live) child.kill("SIGKILL");
});

/** A JSON line of the engine's log. */
export type LogEntry = Readonly<Record<string, unknown>> & { readonly msg: string };

/** A real engine process. Killed when it goes out of scope, if it is still running. */
export interface Engine extends AsyncDisposable {
  /** Everything on stdout and stderr so far, one item per line. */
  readonly lines: readonly string[];
  readonly stderr: string;
  signal(name: NodeJS.Signals): void;
  /** Resolves with the first line that contains the text, past or future. Rejects if the engine ends without it. */
  line(text: string): Promise<string>;
  /** The URL of /health and /metrics. */
  url(): Promise<string>;
  /** The status and the body of /health. */
  health(): Promise<{ readonly status: number; readonly said: Readonly<Record<string, unknown>> }>;
  /** The value of a metric, including labels, such as `ai_engine_model_weight{model="xgb"}`; 0 if it is absent. */
  metric(name: string): Promise<number>;
  readonly exited: Promise<number | null>;
}

/** How long rows stay fresh, in seconds: longer than a test takes on any machine. */
const MAX_AGE_S = "86400";

/** Starts the engine with only these settings, on a free port, on the test network. */
export function startEngine(env: Readonly<Record<string, string>>, args: readonly string[] = []): Engine {
  const child = spawn(process.execPath, [BIN, ...args], {
    env: {
      PATH: process.env["PATH"] ?? "",
      BINANCE_TESTNET: "true",
      AI_ENGINE_BUILD: "test-build",
      HEALTH_PORT: "0",
      FEATURE_MAX_AGE_SECONDS: MAX_AGE_S,
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  live.add(child);
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  let rest = "";
  let stderr = "";
  let ended = false;
  const wake = (): void => {
    for (const look of waiting) look();
  };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts);
    wake();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const exited = once(child, "close").then(([code]) => {
    live.delete(child);
    ended = true;
    wake();
    return code as number | null;
  });
  const line = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = lines.find((each) => each.includes(text));
        if (found === undefined && !ended) return;
        waiting.delete(look);
        if (found === undefined)
          reject(new Error(`the engine ended without '${text}':\n${lines.slice(-20).join("\n")}\n${stderr}`));
        else resolve(found);
      };
      waiting.add(look);
      look();
    });
  const url = async (): Promise<string> =>
    (JSON.parse(await line("serving /health and /metrics")) as { url: string }).url;
  return {
    lines,
    line,
    url,
    exited,
    get stderr() {
      return stderr;
    },
    signal: (name) => void child.kill(name),
    health: async () => {
      const response = await fetch(`${await url()}/health`);
      return { status: response.status, said: (await response.json()) as Readonly<Record<string, unknown>> };
    },
    metric: async (name) => {
      const text = await (await fetch(`${await url()}/metrics`)).text();
      const found = text.split("\n").find((each) => each.startsWith(`${name} `));
      return found === undefined ? 0 : Number(found.slice(name.length + 1));
    },
    [Symbol.asyncDispose]: async () => {
      if (!ended) child.kill("SIGKILL");
      await exited;
    },
  };
}

/** The JSON lines of a log. */
export function entriesOf(lines: readonly string[]): readonly LogEntry[] {
  return lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as LogEntry);
}
