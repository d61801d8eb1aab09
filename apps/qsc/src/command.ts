import type { OperationStep, QscDocument } from "@qsc/contract";
import type { CanaryWorld, Setting, WindowRequest } from "@qsc/rollout";
import type { EventSource } from "@qsc/stream-reader";
import type { Options } from "yargs";
import type { Io } from "./io.js";
import { commonOptions, WINDOW_OPTIONS } from "./options.js";
import type { OriginTeller } from "./settings/origin.js";
import type { SettingName, Settings } from "./settings/table.js";

/** What the command line runs in. */
export interface CliContext {
  readonly io: Io;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  /** Aborted when the operator wants it to end. */
  readonly signal: AbortSignal;
  /** How this process was started: the interpreter and its program. */
  readonly program: readonly string[];
}

/** The flags of a command line, as the parser leaves them. */
export type Flags = Readonly<Record<string, unknown>>;

/** What every command works with. */
export interface Session {
  readonly setting: Setting;
  readonly settings: Settings;
  /** Says where the settings are from. */
  readonly origin: OriginTeller;
  readonly flags: Flags;
  readonly io: Io;
  readonly env: CliContext["env"];
  /** Whether no words for people are wanted beside the result. */
  readonly quiet: boolean;
  /** Whether all there is to say is wanted, also what did not change. */
  readonly verbose: boolean;
  readonly signal: AbortSignal;
}

/** What a command works with that judges telemetry. */
export interface JudgingSession extends Session {
  readonly source: EventSource;
  readonly window: WindowRequest;
}

/** What a command works with that acts on a unit. */
interface ActingSession extends Session {
  readonly world: CanaryWorld;
  /** Shows a step as soon as it has been taken. */
  readonly onStep: (step: OperationStep) => void;
}

type Example = readonly [line: string, does: string];

interface CommandWords {
  readonly name: string;
  readonly summary: string;
  /** The word after the command, where it needs one. */
  readonly positional?: { readonly name: string; readonly choices: readonly string[]; readonly description: string };
  readonly options: Readonly<Record<string, Options>>;
  /** The settings that it takes as flags beside those of its kind. */
  readonly settings?: readonly SettingName[];
  /** Its options that may be given more than once. */
  readonly repeatable?: readonly string[];
  /** The two that say most about it: what is typed, and what that does. */
  readonly examples: readonly [Example, Example, ...Example[]];
}

/** A command that judges telemetry. */
export interface JudgingCommand extends CommandWords {
  readonly kind: "judges";
  /** Whether the source is to be opened as one that is still written to. */
  readonly follows?: (flags: Flags) => boolean;
  readonly run: (session: JudgingSession) => Promise<QscDocument>;
}

/** A command that acts on a unit, or asks how it stands. What it changes is not cut short: an interruption is its own to handle. */
export interface ActingCommand extends CommandWords {
  readonly kind: "acts";
  /** `needed`: without its report a pass is no pass; `kept`: what was done was done; `none`: nothing to keep. */
  readonly report: "needed" | "kept" | "none";
  /** Whether it changes nothing: an interruption ends it at once, and it makes no directory. */
  readonly onlyAsks?: boolean;
  /** Whether it reads no policy: it judges nothing, and a policy that cannot be read must not stop it. */
  readonly readsNoPolicy?: boolean;
  /** Whether it looks at the working directory itself, trusted or not, and tells what it finds. */
  readonly leavesWorkdir?: boolean;
  /** What a script takes from stdout, where that is not the report; null where there is none to take. */
  readonly answer?: (document: QscDocument) => string | null;
  readonly run: (session: ActingSession) => Promise<QscDocument>;
}

/** One command of the command line: its words, its own options, and what it does. */
export type Command = JudgingCommand | ActingCommand;

/** A command line that was read. */
export interface CommandLine {
  readonly command: Command;
  readonly flags: Flags;
}

/** Every option that a command takes, in the order in which its help lists them. */
export function optionsOf(command: Command): Readonly<Record<string, Options>> {
  return { ...command.options, ...(command.kind === "judges" ? WINDOW_OPTIONS : {}), ...commonOptions(command) };
}

/** A flag that holds text, or null. */
export function text(flags: Flags, name: string): string | null {
  const value = flags[name];
  return typeof value === "string" ? value : null;
}

/** Every text that a flag was given, in order. */
export function texts(flags: Flags, name: string): readonly string[] {
  const value = flags[name];
  return (Array.isArray(value) ? value : [value]).filter((each) => typeof each === "string");
}

/** A flag that holds text, or what stands in for it. */
export function textOr(flags: Flags, name: string, preset: string): string {
  return text(flags, name) ?? preset;
}
