import type { QscDocument } from "@qsc/contract";
import type { Setting, WindowRequest } from "@qsc/rollout";
import type { EventSource } from "@qsc/stream-reader";
import type { Options } from "yargs";
import type { Io } from "./io.js";

/** What the command line runs in. */
export interface CliContext {
  readonly io: Io;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  /** Aborted when the operator wants it to end. */
  readonly signal: AbortSignal;
}

/** The flags of a command line, as the parser leaves them. */
export type Flags = Readonly<Record<string, unknown>>;

/** What a command works with. */
export interface Session {
  readonly source: EventSource;
  readonly window: WindowRequest;
  readonly setting: Setting;
  readonly flags: Flags;
  readonly io: Io;
  /** Whether words for people are wanted beside the result. */
  readonly quiet: boolean;
  readonly signal: AbortSignal;
}

/** One command of the command line: its words, its own options, and what it does. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  readonly options: Readonly<Record<string, Options>>;
  readonly examples: readonly (readonly [string, string])[];
  /** Whether the source is to be opened as one that is still written to. */
  readonly follows?: (flags: Flags) => boolean;
  readonly run: (session: Session) => Promise<QscDocument>;
}

/** A flag that holds text, or null. */
export function text(flags: Flags, name: string): string | null {
  const value = flags[name];
  return typeof value === "string" ? value : null;
}
