import { access, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { DEFAULT_STREAM, QscError } from "@qsc/contract";
import type { TlsFiles } from "@qsc/stream-reader";
import { readOptionFile } from "./read-file.js";

/** What every command is told in the same way. */
export interface Settings {
  readonly source: string;
  readonly stream: string;
  /** A policy file; null for the built-in policy. */
  readonly policy: string | null;
  readonly workdir: string;
  /** CA certificate for `rediss://`; null for the system's own. */
  readonly ca: string | null;
  /** Client certificate and its key for `rediss://`; null for none. */
  readonly cert: string | null;
  readonly key: string | null;
  /** Key files, with commas between them, that entries are verified with; null: signatures are not looked at. */
  readonly verifyKey: string | null;
  /** The engine's unit; null where nobody named one. */
  readonly unit: string | null;
  /** What runs it: `system`, `user`, or `child:DIR`. */
  readonly services: string;
  /** `user@machine`, where the unit runs elsewhere. */
  readonly host: string | null;
}

type Key = keyof Settings;
type Given = Readonly<Partial<Record<Key | "config", string>>>;

/** Where a config file is looked for when none is named. */
const CONFIG_NAMES = ["qsc.config.yaml", "qsc.config.yml", "qsc.config.json"];

const DEFAULTS: Settings = {
  source: "redis://127.0.0.1:6379",
  stream: DEFAULT_STREAM,
  policy: null,
  workdir: ".",
  ca: null,
  cert: null,
  key: null,
  verifyKey: null,
  unit: null,
  services: "system",
  host: null,
};

/** The settings, and the config file that some of them are from; null where none was read. */
export interface Resolved {
  readonly settings: Settings;
  readonly config: string | null;
}

/** Resolves each setting: flag, then QSC_* variable, then config file, then the default. @throws QscError */
export async function resolveSettings(
  flags: Given,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Resolved> {
  const { path, content: config } = await readConfig(flags.config ?? variable(env, "config"));
  const pick = (key: Key): string | undefined => flags[key] ?? variable(env, key) ?? config[key];
  const workdir = pick("workdir");
  if (workdir === undefined) await requireOwnWorkdir();
  const settings = {
    source: pick("source") ?? DEFAULTS.source,
    stream: pick("stream") ?? DEFAULTS.stream,
    policy: pick("policy") ?? DEFAULTS.policy,
    workdir: workdir ?? DEFAULTS.workdir,
    ca: pick("ca") ?? DEFAULTS.ca,
    cert: pick("cert") ?? DEFAULTS.cert,
    key: pick("key") ?? DEFAULTS.key,
    verifyKey: pick("verifyKey") ?? DEFAULTS.verifyKey,
    unit: pick("unit") ?? DEFAULTS.unit,
    services: pick("services") ?? DEFAULTS.services,
    host: pick("host") ?? DEFAULTS.host,
  };
  return { settings, config: path };
}

/** The files of TLS that are named. */
export function tlsFiles({ ca, cert, key }: Settings): TlsFiles {
  return { ...(ca !== null && { ca }), ...(cert !== null && { cert }), ...(key !== null && { key }) };
}

/** The key files that entries are verified with; none where none is named. @throws QscError `invalid_config` for an empty name */
export function verifyKeysOf({ verifyKey }: Settings): readonly string[] {
  if (verifyKey === null) return [];
  const paths = verifyKey.split(",").map((path) => path.trim());
  if (!paths.includes("")) return paths;
  throw new QscError("invalid_config", `The verification keys '${verifyKey}' hold an empty name; write paths with commas between them.`);
}

/** A QSC_* variable; an empty one counts as unset. */
function variable(env: Readonly<Record<string, string | undefined>>, key: string): string | undefined {
  const value = env[`QSC_${key.replaceAll(/[A-Z]/g, "_$&").toUpperCase()}`];
  return value === "" ? undefined : value;
}

interface Config {
  /** Absolute; null where there is none. */
  readonly path: string | null;
  readonly content: Partial<Record<Key, string>>;
}

async function readConfig(named: string | undefined): Promise<Config> {
  const found = named ?? (await firstThere(CONFIG_NAMES));
  if (found === null) return { path: null, content: {} };
  const path = resolve(found);
  // Whoever can make root change into a directory must not choose what root does there.
  if (named === undefined && isRoot()) {
    throw new QscError("invalid_config", `Config file ${path} is in the current directory. As root, name it to have it read: --config ${found}; or run qsc in another directory.`);
  }
  return { path, content: await contentOf(path) };
}

async function contentOf(path: string): Promise<Partial<Record<Key, string>>> {
  const { parseYaml } = await import("@qsc/violations");
  const text = await readOptionFile("Config file", path, "invalid_config");
  let content: unknown;
  try {
    content = await parseYaml(text);
  } catch (cause) {
    throw invalid(path, cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (typeof content !== "object" || content === null || Array.isArray(content)) throw invalid(path, "must map settings to values");
  for (const [key, value] of Object.entries(content)) {
    if (!Object.hasOwn(DEFAULTS, key)) {
      throw invalid(path, `has the unknown key '${key}'; known are ${Object.keys(DEFAULTS).join(", ")}`);
    }
    if (typeof value !== "string" || value === "") throw invalid(path, `needs text for '${key}'`);
  }
  return content;
}

/** Refuses root the current directory of another user, where no one named it. */
async function requireOwnWorkdir(): Promise<void> {
  if (!isRoot()) return;
  const { uid } = await stat(DEFAULTS.workdir);
  if (uid === 0) return;
  throw new QscError("invalid_config", `The current directory ${resolve(DEFAULTS.workdir)} belongs to another user (uid ${uid}). As root, name it to work there: --workdir ${DEFAULTS.workdir}; or name another.`);
}

function isRoot(): boolean {
  return process.geteuid?.() === 0;
}

async function firstThere(names: readonly string[]): Promise<string | null> {
  for (const name of names) {
    try {
      await access(name);
      return name;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw invalid(name, "cannot be read", error);
    }
  }
  return null;
}

function invalid(path: string, problem: string, cause?: unknown): QscError {
  return new QscError("invalid_config", `Config file ${resolve(path)} ${problem}.`, { cause });
}
