import { DEFAULT_FEATURE_STREAM, DEFAULT_STREAM } from "@qsc/contract";
import { fileURLToPath } from "node:url";
import { readFeatureSource } from "./feature-source.js";
import type { SettingRow } from "./setting-row.js";
import {
  certificate,
  decimal,
  directory,
  files,
  flag,
  lengthOrAll,
  names,
  oneOf,
  privateKey,
  sinkUrl,
  text,
  whole,
  type Reader,
} from "./values.js";

const DEMONSTRATION_MODELS = fileURLToPath(new URL("../../models", import.meta.url));

const TABLE = {
  build: {
    variable: "AI_ENGINE_BUILD",
    read: text,
    preset: null,
    group: "Models",
    about: "The commit that is deployed.",
    unset: "the commit of the git checkout that the engine runs from",
  },
  modelsDirectory: {
    variable: "MODELS_DIR",
    read: directory,
    preset: DEMONSTRATION_MODELS,
    group: "Models",
    about: "A directory with one folder per model, each with manifest.json and the file it names.",
    unset: "the demonstration models",
  },
  models: {
    variable: "MODELS",
    read: names,
    preset: "xgb,patchtst,nhits,dlinear",
    group: "Models",
    about: "The models, separated by commas. All vote, except for SHADOW_MODELS.",
  },
  modelKeys: {
    variable: "MODEL_KEYS",
    read: files,
    preset: null,
    group: "Models",
    about:
      "PEM files with public keys or certificates, separated by commas. Each model must then be signed by one of them: model.sig beside its manifest, in OpenSSF's format. One that is not is inactive. An empty value is refused.",
    unset: "no signature is looked for",
    refusesEmpty: true,
  },
  shadow: {
    variable: "SHADOW_MODELS",
    read: names,
    preset: null,
    group: "Models",
    about:
      "Those of MODELS that run as shadows, separated by commas: they answer, are watched and are published as the others are, and have no vote. A canary's drop-in gives one a vote.",
    unset: "none",
  },
  weightsFile: {
    variable: "MODEL_WEIGHTS_FILE",
    read: text,
    preset: null,
    group: "Models",
    about:
      'JSON file with the weight of each model, such as {"xgb": 0.25, "patchtst": 0.25, "nhits": 0.25, "dlinear": 0.25}.',
    unset: "equal weights of the models that vote",
  },
  quorumAsked: {
    variable: "QUORUM",
    read: whole({ least: 1, most: 256 }),
    preset: null,
    group: "Models",
    about: "How many active models a decision needs.",
    unset: "a majority of the models that vote",
  },
  timeLimitMs: {
    variable: "MODEL_TIME_LIMIT_MS",
    read: whole({ least: 1, most: 60_000 }),
    preset: "1000",
    group: "Models",
    about: "The longest time a model may take to answer, in milliseconds.",
  },
  featureSource: {
    variable: "FEATURE_SOURCE",
    read: readFeatureSource,
    preset: "redis://127.0.0.1:6379",
    group: "Features",
    inTemplate: true,
    about:
      "redis://[user:password@]host:port, rediss://, redis+sentinel://, redis+cluster://, nats://[user:password@]host:port, tls:// (NATS), file:/path.ndjson, or synthetic:?seed=7&rate=50&rows=2000&symbols=BTCUSDT,ETHUSDT.",
  },
  featureStream: {
    variable: "FEATURE_STREAM",
    read: text,
    preset: DEFAULT_FEATURE_STREAM,
    group: "Features",
    about: "The key of the stream of features.",
  },
  featureStart: {
    variable: "FEATURE_START",
    read: oneOf(["latest", "beginning"]),
    preset: "latest",
    group: "Features",
    about: "Where reading begins: latest or beginning.",
  },
  featureFollow: {
    variable: "FEATURE_FOLLOW",
    read: flag,
    preset: "true",
    group: "Features",
    about: "With false, the engine decides on the rows that are there now, then ends.",
  },
  featureMaxAgeSeconds: {
    variable: "FEATURE_MAX_AGE_SECONDS",
    read: decimal({ least: 1, most: 31_536_000 }),
    preset: null,
    group: "Features",
    about: "Rows older than this are refused.",
    unset: "three times the usual time between two rows of a symbol, and at least 60",
  },
  intentSink: {
    variable: "INTENT_SINK",
    read: sinkUrl,
    preset: "redis://127.0.0.1:6379",
    group: "Intents",
    inTemplate: true,
    about: "Where decisions are published: a URL of Redis or NATS as above, or file:/path.ndjson.",
  },
  intentStream: {
    variable: "INTENT_STREAM",
    read: text,
    preset: DEFAULT_STREAM,
    group: "Intents",
    about: "The key of the stream of decisions; for NATS its subject.",
  },
  intentMaxLength: {
    variable: "INTENT_MAX_LENGTH",
    read: lengthOrAll,
    preset: "200000",
    group: "Intents",
    about:
      "A Redis Stream is trimmed to about this many decisions; 0 keeps all. A stream of NATS has limits of its own.",
  },
  intentBuffer: {
    variable: "INTENT_BUFFER",
    read: whole({ least: 1, most: 1_000_000 }),
    preset: "10000",
    group: "Intents",
    about: "How many decisions are kept while they cannot be published.",
  },
  intentSigningKey: {
    variable: "INTENT_SIGNING_KEY",
    read: text,
    preset: null,
    group: "Intents",
    about:
      "File with the key to sign each decision with: an Ed25519 private key (PEM) or a secret of at least 64 hex digits, readable only by the engine.",
    unset: "decisions are not signed",
  },
  ca: {
    variable: "REDIS_CA",
    read: certificate,
    preset: null,
    group: "Redis",
    about: "CA certificate (PEM file) for rediss:// and tls://.",
    unset: "the system's own",
  },
  cert: {
    variable: "REDIS_CERT",
    read: certificate,
    preset: null,
    group: "Redis",
    about: "Client certificate (PEM file) for rediss:// and tls://, if the server requires one.",
  },
  key: {
    variable: "REDIS_KEY",
    read: privateKey,
    preset: null,
    group: "Redis",
    about: "Private key (PEM file) of the client certificate.",
  },
  signalsPerMinute: {
    variable: "MAX_SIGNALS_PER_MINUTE",
    read: whole({ least: 0, most: 1e6 }),
    preset: "60",
    group: "Trading",
    inTemplate: true,
    about: "The most signals to trade within any 60 s. Every decision is still judged.",
  },
  cooldownSeconds: {
    variable: "SYMBOL_COOLDOWN_SECONDS",
    read: decimal({ least: 0, most: 86_400 }),
    preset: "10",
    group: "Trading",
    inTemplate: true,
    about: "Seconds between two signals of one symbol.",
  },
  healthHost: {
    variable: "HEALTH_HOST",
    read: text,
    preset: "127.0.0.1",
    group: "Operation",
    about: "The address that serves /health and /metrics.",
  },
  healthPort: {
    variable: "HEALTH_PORT",
    read: whole({ least: 0, most: 65_535 }),
    preset: "9464",
    group: "Operation",
    about: "Its port; 0 for any free port.",
  },
  logLevel: {
    variable: "LOG_LEVEL",
    read: oneOf(["debug", "info", "warn", "error"]),
    preset: "info",
    group: "Operation",
    about: "debug, info, warn or error.",
  },
} as const satisfies Readonly<Record<string, SettingRow>>;

type Rows = typeof TABLE;
type ValueOf<Row extends SettingRow> =
  Row["read"] extends Reader<infer Value> ? (Row["preset"] extends string ? Value : Value | null) : never;

/** The value of each variable; null if it is not set and has no default that means the same on every host. */
export type Values = { readonly [Key in keyof Rows]: ValueOf<Rows[Key]> };

/** Every setting with the name of its value, in the order of the list. */
export const SETTING_ROWS: readonly (readonly [key: string, row: SettingRow])[] = Object.entries(TABLE);

/** All variables and their defaults; null if there is none. */
export const PRESETS: ReadonlyMap<string, string | null> = new Map(
  SETTING_ROWS.map(([, { variable, preset }]) => [variable, preset]),
);
