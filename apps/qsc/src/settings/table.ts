import { DEFAULT_STREAM } from "@qsc/contract";
import { asItIs, path, pathBehind, paths, type SettingRow } from "./row.js";

/** The engine's unit if no setting names one. */
export const DEFAULT_UNIT = "quantum-ai-engine.service";

const SETTINGS_TABLE = {
  source: {
    about:
      "Where the telemetry is: redis://, rediss://, redis+sentinel://, redis+cluster://, nats://, tls:// (NATS) or file:",
    preset: "redis://127.0.0.1:6379",
    group: "Telemetry",
    takenBy: "every command",
    anywhere: pathBehind("file:"),
  },
  stream: {
    about:
      "The stream's key, or its subject in NATS; of a stream in shards all keys, with commas between them or as a pattern such as intent:{0..7}",
    preset: DEFAULT_STREAM,
    group: "Telemetry",
    takenBy: "every command",
    repeats: true,
    anywhere: asItIs,
  },
  ca: {
    about: "CA certificate (PEM file) for rediss:// and tls://",
    preset: null,
    otherwise: "the system's own",
    group: "Telemetry",
    takenBy: "every command",
    completes: "file",
    anywhere: path,
  },
  cert: {
    about: "Client certificate (PEM file) for rediss:// and tls://, if the server requires one",
    preset: null,
    group: "Telemetry",
    takenBy: "every command",
    completes: "file",
    anywhere: path,
  },
  key: {
    about: "Private key (PEM file) of the client certificate",
    preset: null,
    group: "Telemetry",
    takenBy: "every command",
    completes: "file",
    anywhere: path,
  },
  verifyKey: {
    about:
      "Files with the keys that verify the engine's signatures, separated by commas: Ed25519 public keys (PEM), or its secret",
    preset: null,
    otherwise: "signatures are not checked",
    group: "Telemetry",
    takenBy: "every command",
    completes: "file",
    anywhere: paths,
  },
  queue: {
    about: "Redis through which workers on other machines read a long range: redis:// or rediss://",
    preset: null,
    otherwise: "this process reads",
    group: "Telemetry",
    takenBy: "named",
    anywhere: asItIs,
  },
  modelKey: {
    about:
      "Files with public keys or certificates (PEM) whose signatures of models count, separated by commas: for a policy that requires model_signature",
    preset: null,
    otherwise: "a policy that requires them is refused",
    group: "Policy and files",
    takenBy: "named",
    completes: "file",
    anywhere: paths,
  },
  modelSignature: {
    about: "Files with the models' signatures (OpenSSF's model.sig), separated by commas",
    preset: null,
    otherwise: "none: no model counts as signed",
    group: "Policy and files",
    takenBy: "named",
    completes: "file",
    anywhere: paths,
  },
  policy: {
    about: "Policy file (YAML or JSON) that tightens limits",
    preset: null,
    otherwise: "the built-in policy",
    group: "Policy and files",
    takenBy: "every command",
    completes: "file",
    anywhere: path,
  },
  workdir: {
    about: "Directory for reports, and for the state and log of a canary",
    preset: ".",
    group: "Policy and files",
    takenBy: "every command",
    completes: "directory",
    anywhere: path,
  },
  unit: {
    about: "The engine's unit",
    preset: null,
    otherwise: DEFAULT_UNIT,
    group: "Unit",
    takenBy: "every command",
    anywhere: asItIs,
  },
  services: {
    about: "What runs the unit: system, user, or child:DIR",
    preset: "system",
    group: "Unit",
    takenBy: "what acts on a unit",
    anywhere: pathBehind("child:"),
  },
  host: {
    about: "Act on another machine, user@machine, over ssh",
    preset: null,
    otherwise: "this machine",
    group: "Unit",
    takenBy: "what acts on a unit",
    anywhere: asItIs,
  },
  requiredEnvironment: {
    about:
      "What preflight requires in the unit's environment: NAME=VALUE, NAME>=NUMBER, NAME<=NUMBER or NAME, separated by spaces; or none",
    preset: "BINANCE_TESTNET=true MAX_SIGNALS_PER_MINUTE>=60 SYMBOL_COOLDOWN_SECONDS<=10",
    group: "Unit",
    takenBy: "named",
    anywhere: asItIs,
  },
  consoleListen: {
    about: "Address and port of the console; one that is not loopback needs a token",
    preset: null,
    otherwise: "127.0.0.1:8787",
    group: "Console and metrics",
    takenBy: "named",
    anywhere: asItIs,
  },
  consoleNames: {
    about: "Further names by which browsers may address the console, such as a proxy's, separated by commas",
    preset: null,
    otherwise: "the address alone",
    group: "Console and metrics",
    takenBy: "named",
    anywhere: asItIs,
  },
  consoleTokenFile: {
    about: "File with the token that the console asks for; QSC_CONSOLE_TOKEN can hold the token itself",
    preset: null,
    otherwise: "no token",
    group: "Console and metrics",
    takenBy: "named",
    anywhere: path,
  },
  metricsFile: {
    about: "File with metrics for node_exporter's textfile collector; its name ends in .prom",
    preset: null,
    otherwise: "none is written",
    group: "Console and metrics",
    takenBy: "named",
    anywhere: path,
  },
  judgeListen: {
    about: "Address and port of the HTTP judge; one that is not loopback needs tokens",
    preset: "127.0.0.1:8788",
    group: "HTTP judge",
    takenBy: "named",
    anywhere: asItIs,
  },
  judgeTokensFile: {
    about: "File with the tokens that the HTTP judge asks for, in JSON; QSC_JUDGE_TOKENS can hold the JSON itself",
    preset: null,
    otherwise: "no token",
    group: "HTTP judge",
    takenBy: "named",
    completes: "file",
    anywhere: path,
  },
  judgeProfiles: {
    about: "Profile files that requests to the HTTP judge may name, separated by commas",
    preset: null,
    otherwise: "the ready-made ones alone",
    group: "HTTP judge",
    takenBy: "named",
    completes: "file",
    anywhere: paths,
  },
} as const satisfies Readonly<Record<string, SettingRow>>;

type Rows = typeof SETTINGS_TABLE;

/** The name of a setting, which is its key in a config file. */
export type SettingName = keyof Rows;

/** The settings of every command. One without a default is null if it is not set. */
export type Settings = { readonly [Name in SettingName]: Rows[Name]["preset"] extends string ? string : string | null };

/** Every setting, in the order of help and documentation. */
export const SETTINGS: Readonly<Record<SettingName, SettingRow>> = SETTINGS_TABLE;

/** The names of all settings. */
// Object.keys loses the types of the names; they are those of the table.
export const SETTING_NAMES = Object.keys(SETTINGS_TABLE) as readonly SettingName[];

/** `verify-key` for `verifyKey`. */
export function flagOf(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `QSC_VERIFY_KEY` for `verifyKey`. */
export function variableOf(name: string): string {
  return `QSC_${name.replaceAll(/[A-Z]/g, "_$&").toUpperCase()}`;
}

/** A record with one value for each setting, made from its name. */
export function eachSetting<Value>(value: (name: SettingName) => Value): Readonly<Record<SettingName, Value>> {
  // Object.fromEntries loses the types of the names; each of them has a value here.
  return Object.fromEntries(SETTING_NAMES.map((name) => [name, value(name)])) as Record<SettingName, Value>;
}
