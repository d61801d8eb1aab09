import type { OperationStep, QscDocument } from "@qsc/contract";
import type { OperationContext, JudgementContext, WindowRequest } from "@qsc/rollout";
import type { EventSource } from "@qsc/stream-reader";
import type { Io } from "./io.js";
import type { Option } from "./option.js";
import type { MetricsFile } from "./metrics-file.js";
import { commonOptions, WINDOW_OPTIONS } from "./options.js";
import type { NotifySection } from "./settings/config-file.js";
import type { OriginTeller } from "./settings/origin.js";
import type { SettingName, Settings } from "./settings/table.js";

/** What the command line runs in. */
export interface CliContext {
  readonly io: Io;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  /** Read only if a command's options ask for it. */
  readonly stdin: NodeJS.ReadableStream;
  /** Aborted when the operator interrupts the command. */
  readonly signal: AbortSignal;
  /** How this process was started: the interpreter and its program. */
  readonly program: readonly string[];
}

/** The flags of a command line, as the parser returns them. */
export type Flags = Readonly<Record<string, unknown>>;

/** What every command works with. */
export interface Session {
  readonly judgement: JudgementContext;
  readonly settings: Settings;
  /** The section `notify` of the config file, not yet checked; null if there is none. */
  readonly notify: NotifySection | null;
  /** Says where the settings come from. */
  readonly origin: OriginTeller;
  readonly flags: Flags;
  readonly io: Io;
  readonly env: CliContext["env"];
  readonly stdin: CliContext["stdin"];
  /** Whether to leave out all words for people, except the reasons of a refusal. */
  readonly quiet: boolean;
  /** Whether to print everything, including what did not change. */
  readonly verbose: boolean;
  readonly signal: AbortSignal;
}

/** What a command that judges telemetry works with. */
export interface JudgingSession extends Session {
  readonly source: EventSource;
  readonly window: WindowRequest;
}

/** What a command that acts on a unit works with. */
interface ActingSession extends Session {
  readonly context: OperationContext;
  /** Prints a step as soon as it has been taken. */
  readonly onStep: (step: OperationStep) => void;
  /** The metrics of the canary; null if no file is named, or the command does not write it. */
  readonly metrics: MetricsFile | null;
}

type Example = readonly [line: string, does: string];

interface CommandWords {
  readonly name: string;
  readonly summary: string;
  /** The word after the command, if it takes one. */
  readonly positional?: { readonly name: string; readonly description: string } & (
    | { readonly choices: readonly string[]; readonly completes?: never }
    | { readonly choices?: never; readonly completes: "file" }
  );
  /** A second word, which may be left out. */
  readonly optional?: { readonly name: string; readonly description: string };
  readonly options: Readonly<Record<string, Option>>;
  /** The settings that it takes as flags, in addition to those of its kind. */
  readonly settings?: readonly SettingName[];
  /** Its options that may be given more than once. */
  readonly repeatable?: readonly string[];
  /** The most telling two: what to type, and what that does. */
  readonly examples: readonly [Example, Example, ...Example[]];
}

/** A command that judges telemetry. */
export interface JudgingCommand extends CommandWords {
  readonly kind: "judges";
  /** Whether to open the source for reading while it is still being written. */
  readonly follows?: (flags: Flags) => boolean;
  /** Whether workers can read for it. */
  readonly spreads?: boolean;
  readonly run: (session: JudgingSession) => Promise<QscDocument>;
}

/**
 * A command that acts on a unit, or reports its status. Its changes are not cut short: it handles interruptions itself.
 */
export interface ActingCommand extends CommandWords {
  readonly kind: "acts";
  /**
   * `needed`: without its report a pass does not count; `kept`: what was done stays valid without it; `none`: it has no
   * report.
   */
  readonly report: "needed" | "kept" | "none";
  /** Whether it changes nothing: an interruption ends it at once, and it creates no directory. */
  readonly onlyAsks?: boolean;
  /** Whether it reads no policy: it judges nothing, and an unreadable policy must not stop it. */
  readonly readsNoPolicy?: boolean;
  /** Whether it examines the working directory itself, trusted or not, and reports what it finds. */
  readonly leavesWorkdir?: boolean;
  /** What a script takes from stdout, if that is not the report; null if there is nothing to take. */
  readonly answer?: (document: QscDocument) => string | null;
  readonly run: (session: ActingSession) => Promise<QscDocument>;
}

/** A command without settings or a report: what it answers is the text that it prints. */
export interface PrintingCommand extends CommandWords {
  readonly kind: "prints";
  readonly print: (flags: Flags, commands: readonly Command[], signal: AbortSignal) => Promise<string>;
}

/** A command that serves until it is interrupted, and judges nothing: it has no document and reads no policy. */
export interface ServingCommand extends CommandWords {
  readonly kind: "serves";
  /** Whether everything that it judges with is loaded first, since an update removes files that are not. */
  readonly loadsWhole?: boolean;
  readonly run: (session: Session) => Promise<void>;
}

/** A command that judges files, and knows neither a policy nor a unit. */
export interface FileCommand extends CommandWords {
  readonly kind: "examines";
  /** Whether it reads the policy that the settings name. */
  readonly readsPolicy?: boolean;
  /** Whether it handles interruptions itself: what it began elsewhere is first brought to a safe end. */
  readonly endsItself?: boolean;
  readonly run: (session: Session) => Promise<QscDocument>;
}

/** One command of the command line: its words, its own options, and what it does. */
export type Command = JudgingCommand | FileCommand | ActingCommand | ServingCommand | PrintingCommand;

/** One that has settings. */
export type SettledCommand = Exclude<Command, PrintingCommand>;

/** A parsed command line. */
export interface CommandLine {
  readonly command: Command;
  readonly flags: Flags;
}

/** All options of a command, in the order of its help. */
export function optionsOf(command: Command): Readonly<Record<string, Option>> {
  if (command.kind === "prints") return command.options;
  return { ...command.options, ...(command.kind === "judges" ? WINDOW_OPTIONS : {}), ...commonOptions(command) };
}

/** The text of a flag, or null. */
export function text(flags: Flags, name: string): string | null {
  const value = flags[name];
  return typeof value === "string" ? value : null;
}

/** All texts that a flag was given, in order. */
export function texts(flags: Flags, name: string): readonly string[] {
  const value = flags[name];
  return (Array.isArray(value) ? value : [value]).filter((each) => typeof each === "string");
}

/** The text of a flag, or its default. */
export function textOr(flags: Flags, name: string, preset: string): string {
  return text(flags, name) ?? preset;
}
