import { readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { assertEnvironment } from "../environment/assignments.js";
import { assign, plainWords } from "../environment/parse.js";
import { unitLines, type Refuse } from "../environment/unit-lines.js";
import { ServiceError } from "../service-error.js";
import { localFiles } from "../systemd/local-files.js";

/** What a unit's file and its drop-ins say. */
export interface Definition {
  readonly command: readonly string[];
  /** Absolute; null for the directory of the units. */
  readonly workingDirectory: string | null;
  readonly environment: ReadonlyMap<string, string>;
  /** From SIGTERM to SIGKILL. */
  readonly stopSeconds: number;
}

/** A unit's files as they are now. */
export interface UnitFiles {
  readonly fragment: string;
  /** Paths of the drop-ins, in the order in which they apply. */
  readonly dropIns: readonly string[];
  readonly found:
    | { readonly load: "loaded"; readonly definition: Definition }
    | { readonly load: "not-found" | "masked" }
    | { readonly load: "bad-setting"; readonly problem: string };
}

/** Same as systemd's `DefaultTimeoutStopSec`. */
const STOP_SECONDS = 90;
/** Prefixes of a command that mean something to systemd and are not supported here. */
const PREFIX = /^[-@:+!|]/;

/** A definition while it is being read: later lines change it. */
type Draft = { -readonly [key in keyof Definition]: Definition[key] } & { environment: Map<string, string> };

/** What each key of [Service] does; returns what is wrong with the value, or null. */
const KEYS: Readonly<Record<string, (draft: Draft, value: string) => string | null>> = {
  ExecStart: (draft, value) => {
    if (value !== "" && draft.command.length > 0) return "there is an ExecStart= already; only an empty one undoes it";
    const words = commandWords(value);
    if ("problem" in words) return words.problem;
    draft.command = words;
    return null;
  },
  Environment: (draft, value) => assign(draft.environment, value),
  WorkingDirectory: (draft, value) => {
    const words = plainWords(value);
    const [path, more] = "problem" in words ? [] : words;
    if (path?.startsWith("/") !== true || more !== undefined) return `'${value}' is not an absolute directory`;
    draft.workingDirectory = path;
    return null;
  },
  TimeoutStopSec: (draft, value) => {
    const seconds = /^([1-9]\d{0,5})s?$/.exec(value)?.[1];
    if (seconds === undefined) return `'${value}' is not a whole number of seconds from 1 on`;
    draft.stopSeconds = Number(seconds);
    return null;
  },
  Type: (_, value) => (value === "simple" || value === "exec" ? null : `'${value}' is neither simple nor exec`),
};

/** Sections that do not concern the process itself. */
const IGNORED: ReadonlySet<string> = new Set(["Unit", "Install"]);

/** Reads a unit's files. Invalid content is a result; an unreadable file is an error. */
export async function readDefinition(directory: string, unit: string): Promise<UnitFiles> {
  const fragment = join(directory, unit);
  const dropIns = await dropInsOf(`${fragment}.d`);
  if (await isMasked(fragment)) return { fragment, dropIns, found: { load: "masked" } };
  const text = await localFiles.read(fragment);
  if (text === null) return { fragment, dropIns, found: { load: "not-found" } };
  const draft: Draft = { command: [], workingDirectory: null, environment: new Map(), stopSeconds: STOP_SECONDS };
  try {
    apply(draft, text, fragment);
    for (const path of dropIns) apply(draft, (await localFiles.read(path)) ?? "", path);
    if (draft.command.length === 0) throw new RefusedDirective(`'${fragment}' has no ExecStart= in [Service]`);
    assertEnvironment(draft.environment);
  } catch (error) {
    if (error instanceof RefusedDirective || (error instanceof ServiceError && error.code === "dropin_invalid")) {
      return { fragment, dropIns, found: { load: "bad-setting", problem: error.message } };
    }
    throw error;
  }
  return { fragment, dropIns, found: { load: "loaded", definition: draft } };
}

function apply(draft: Draft, text: string, path: string): void {
  const refuse: Refuse = (line, problem) => {
    throw new RefusedDirective(`'${path}', line ${line}: ${problem}`);
  };
  for (const { line, section, key, value } of unitLines(text, refuse)) {
    if (IGNORED.has(section)) continue;
    const set = section === "Service" && Object.hasOwn(KEYS, key) ? KEYS[key] : undefined;
    const problem =
      set === undefined ? `${key}= of [${section}] means nothing to plain child processes` : set(draft, value);
    if (problem !== null) refuse(line, problem);
  }
}

/** The words of a command. Anything that systemd would do beyond splitting it into words is refused. */
function commandWords(value: string): readonly string[] | { readonly problem: string } {
  const words = plainWords(value);
  if ("problem" in words) return words;
  if (PREFIX.test(words[0] ?? "")) return { problem: `'${words[0] ?? ""}' begins with a prefix` };
  if (words.includes(";")) return { problem: "it is more than one command" };
  const expanded = words.find((word) => word.replaceAll("$$", "").includes("$"));
  if (expanded !== undefined) return { problem: `'${expanded}' has a variable; write $$ for a plain $` };
  return words.map((word) => word.replaceAll("$$", "$"));
}

async function dropInsOf(directory: string): Promise<readonly string[]> {
  try {
    const names = await readdir(directory);
    return names
      .filter((name) => name.endsWith(".conf") && !name.startsWith("."))
      .sort()
      .map((name) => join(directory, name));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function isMasked(fragment: string): Promise<boolean> {
  try {
    return (await readlink(fragment)) === "/dev/null";
  } catch {
    // Not a link, or no such file: reading it will tell.
    return false;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

class RefusedDirective extends Error {}
