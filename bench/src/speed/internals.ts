import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Canary, Intent } from "@qsc/contract";
import type { SourceItem } from "@qsc/stream-reader";
import type { CompiledPolicy } from "@qsc/violations";

const root = new URL("../../../", import.meta.url);

/** The part of a watch's window that is measured; see packages/rollout/src/watch/window.ts. */
export interface MeasuredWindow {
  add(item: SourceItem): { readonly decision: Intent | null };
  look(nowMs: number, gaps: readonly string[]): { readonly events: number };
}

/** The window of a watch. Its package does not export it: it is measured here, but not public. */
export async function importWatchWindow(): Promise<
  new (size: number, policy: CompiledPolicy, canary: Canary, cutoverMs: number) => MeasuredWindow
> {
  const module = (await import(new URL("packages/rollout/dist/watch/window.js", root).href)) as {
    readonly WatchWindow: new (
      size: number,
      policy: CompiledPolicy,
      canary: Canary,
      cutoverMs: number,
    ) => MeasuredWindow;
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

/** The part of a watch's process that is measured; see `monitor` in packages/rollout. */
export interface MeasuredRollout {
  readonly canaryPaths: (workdir: string) => { readonly state: string; readonly lease: string };
  readonly hostClock: { readonly boot: () => Promise<{ readonly id: string; readonly uptimeSeconds: number }> };
  readonly hostFiles: unknown;
  readonly fileLock: (options: Readonly<Record<"directory" | "name" | "deed" | "holder", string>>) => unknown;
  readonly monitor: (
    world: unknown,
    request: MeasuredRequest,
  ) => Promise<{ readonly outcome: string; readonly reasons: readonly string[] }>;
}

export async function importRollout(): Promise<MeasuredRollout> {
  return (await import(new URL("packages/rollout/dist/index.js", root).href)) as MeasuredRollout;
}

/** What `qsc quality-gate` on Redis imports before its first question, by modules that the bundle's files begin with. */
const OF_THE_GATE = [
  "dist/process.js",
  "dist/run-command.js",
  "../../packages/rollout/dist/quality-gate.js",
  "../../packages/stream-reader/dist/redis/read/redis-source.js",
  "../../packages/violations/dist/judge.js",
  "../../packages/report/dist/markdown.js",
];

/** Finds the files; what it answers imports them. */
export async function importsOfGate(): Promise<() => Promise<void>> {
  const bundle = new URL("apps/qsc/bundle/", root);
  const names = (await readdir(bundle)).filter((name) => name.endsWith(".js"));
  const texts = await Promise.all(names.map((name) => readFile(new URL(name, bundle), "utf8")));
  const files = OF_THE_GATE.map((path) => {
    const name = names[texts.findIndex((text) => text.includes(`\n// ${path}\n`))];
    if (name === undefined) throw new Error(`no file of the bundle has ${path}; build it (pnpm build)`);
    return new URL(name, bundle).href;
  });
  return async () => {
    for (const file of files) await import(file);
    createRequire(bundle)("ioredis");
  };
}

/** The installed command line. */
export const QSC: string = new URL("apps/qsc/bin/qsc.js", root).pathname;
export const PYTHON_GATE: string = new URL("bench/reference/gate.py", root).pathname;
/** Where `npm run bench -- duckdb` installs DuckDB. */
export const DUCKDB: string = new URL(".tools/duckdb", root).pathname;

/** The path of a job of this benchmark, which runs as its own process. */
export function jobPath(name: string): string {
  return new URL(`jobs/${name}.js`, import.meta.url).pathname;
}
