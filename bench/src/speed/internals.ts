import { createRequire } from "node:module";
import type { Canary, Intent } from "@qsc/contract";
import type { SourceItem } from "@qsc/stream-reader";
import type { CompiledPolicy } from "@qsc/violations";

const root = new URL("../../../", import.meta.url);

/** What of a watch's window is measured; see packages/rollout/src/watch/window.ts. */
export interface MeasuredWindow {
  add(item: SourceItem): { readonly decision: Intent | null };
  look(nowMs: number, gaps: readonly string[]): { readonly events: number };
}

/** The window of a watch, which its package does not export: it is measured, not offered. */
export async function importWatchWindow(): Promise<new (size: number, policy: CompiledPolicy, canary: Canary, cutoverMs: number) => MeasuredWindow> {
  const module = (await import(new URL("packages/rollout/dist/watch/window.js", root).href)) as {
    readonly WatchWindow: new (size: number, policy: CompiledPolicy, canary: Canary, cutoverMs: number) => MeasuredWindow;
  };
  return module.WatchWindow;
}

interface MeasuredRequest {
  readonly durationMs: number | null;
  readonly intervalMs: number;
  readonly window: number;
  readonly rule: "strict";
  readonly stay: boolean;
  readonly proofMs: number;
  readonly signal: AbortSignal;
  readonly onReport: (report: { readonly watch: { readonly events: number; readonly judgements: number } }) => void;
}

/** What of a watch's process is measured; see `monitor` in packages/rollout. */
export interface MeasuredRollout {
  readonly canaryPaths: (workdir: string) => { readonly state: string; readonly lease: string };
  readonly hostClock: { readonly boot: () => Promise<{ readonly id: string; readonly uptimeSeconds: number }> };
  readonly hostFiles: unknown;
  readonly fileLock: (options: Readonly<Record<"directory" | "name" | "deed" | "holder", string>>) => unknown;
  readonly monitor: (world: unknown, request: MeasuredRequest) => Promise<{ readonly outcome: string; readonly reasons: readonly string[] }>;
}

export async function importRollout(): Promise<MeasuredRollout> {
  return (await import(new URL("packages/rollout/dist/index.js", root).href)) as MeasuredRollout;
}

/** Everything that `qsc quality-gate` on Redis imports before it asks a question. */
export async function importGate(): Promise<void> {
  const modules = ["apps/qsc/dist/process.js", "apps/qsc/dist/run-command.js", "packages/rollout/dist/judging.js", "packages/stream-reader/dist/index.js", "packages/stream-reader/dist/redis/read/redis-source.js", "packages/violations/dist/index.js", "packages/report/dist/index.js"];
  for (const path of modules) await import(new URL(path, root).href);
  createRequire(new URL("packages/stream-reader/dist/redis/client.js", root))("ioredis");
}

/** The command line, as it is installed. */
export const QSC: string = new URL("apps/qsc/bin/qsc.js", root).pathname;
export const PYTHON_GATE: string = new URL("bench/reference/gate.py", root).pathname;

/** A job of this benchmark, as a process of its own. */
export function jobPath(name: string): string {
  return new URL(`jobs/${name}.js`, import.meta.url).pathname;
}
