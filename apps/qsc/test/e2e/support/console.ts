import { startServing, type RunningServer, type ServingOptions } from "./serving.js";

/** A console that runs as a process. */
export type RunningConsole = RunningServer;

export interface ConsoleOptions extends ServingOptions {
  readonly listen?: string;
}

/** Starts `qsc console` at a free port, and waits for its address. */
export function startConsole(
  args: readonly string[],
  { listen = "127.0.0.1:0", ...options }: ConsoleOptions = {},
): Promise<RunningConsole> {
  return startServing(["console", ...args, "--console-listen", listen], options);
}
