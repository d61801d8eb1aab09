import { DEFAULT_FEATURE_STREAM, DEFAULT_STREAM } from "@qsc/contract";
import { checkWeights, readWeights, weightsFromEnvironment } from "@qsc/fail-closed";
import type { TlsFiles } from "@qsc/stream-reader";
import { fileURLToPath } from "node:url";
import { checkedOutCommit } from "../build.js";
import { readFeatureSource, type StreamSource, type SyntheticSource } from "./feature-source.js";
import { Problem, Problems, type Environment } from "./problems.js";
import { assertTestnet } from "./testnet.js";
import { certificate, decimal, directory, flag, lengthOrAll, names, oneOf, privateKey, sinkUrl, text, whole, type Reader } from "./values.js";

/** A model at its share of the vote while it is watched. */
export interface Canary {
  readonly model: string;
  readonly weight: number;
}

/** What stands in one variable each. */
interface Values {
  /** The git SHA of this engine; null to take that of the checkout it runs from. */
  readonly build: string | null;
  /** Holds a folder for each model, with its manifest. */
  readonly modelsDirectory: string;
  readonly models: readonly string[];
  /** Null for equal weights. */
  readonly weightsFile: string | null;
  /** Null for a majority. */
  readonly quorumAsked: number | null;
  readonly timeLimitMs: number;
  readonly featureSource: StreamSource | SyntheticSource;
  readonly featureStream: string;
  readonly featureStart: "latest" | "beginning";
  readonly featureFollow: boolean;
  /** Older rows are refused; null for three times the feed's interval, and at least 60 s. */
  readonly featureMaxAgeSeconds: number | null;
  readonly intentSink: string;
  readonly intentStream: string;
  /** Entries that the stream is trimmed to, about; 0 for all. */
  readonly intentMaxLength: number;
  /** Decisions that are kept while they cannot be published. */
  readonly intentBuffer: number;
  /** Path of the certificate authority for `rediss://`. */
  readonly ca: string | null;
  /** Paths of the client certificate for `rediss://` and of its key. */
  readonly cert: string | null;
  readonly key: string | null;
  /** Path of the key that decisions are signed with; null: they are not. */
  readonly intentSigningKey: string | null;
  readonly signalsPerMinute: number;
  readonly cooldownSeconds: number;
  readonly healthHost: string;
  /** 0 for any that is free. */
  readonly healthPort: number;
  readonly logLevel: "debug" | "info" | "warn" | "error";
}

/** Everything the engine is told, valid. */
export interface Settings extends Values {
  readonly build: string;
  /** The weights of all models, in their order; they sum up to 1. */
  readonly weights: ReadonlyMap<string, number>;
  readonly canary: Canary | null;
  /** Active models that a decision needs. */
  readonly quorum: number;
}

const DEMONSTRATION_MODELS = fileURLToPath(new URL("../../models", import.meta.url));

interface Setting<T> {
  readonly variable: string;
  readonly read: Reader<T>;
  /** As text, so that it goes the same way as what an operator writes; null where there is none. */
  readonly preset: string | null;
}

const SETTINGS: { readonly [Key in keyof Values]: Setting<Values[Key]> } = {
  build: { variable: "AI_ENGINE_BUILD", read: text, preset: null },
  modelsDirectory: { variable: "MODELS_DIR", read: directory, preset: DEMONSTRATION_MODELS },
  models: { variable: "MODELS", read: names, preset: "xgb,patchtst,nhits,dlinear" },
  weightsFile: { variable: "MODEL_WEIGHTS_FILE", read: text, preset: null },
  quorumAsked: { variable: "QUORUM", read: whole({ least: 1, most: 256 }), preset: null },
  timeLimitMs: { variable: "MODEL_TIME_LIMIT_MS", read: whole({ least: 1, most: 60_000 }), preset: "1000" },
  featureSource: { variable: "FEATURE_SOURCE", read: readFeatureSource, preset: "redis://127.0.0.1:6379" },
  featureStream: { variable: "FEATURE_STREAM", read: text, preset: DEFAULT_FEATURE_STREAM },
  featureStart: { variable: "FEATURE_START", read: oneOf(["latest", "beginning"]), preset: "latest" },
  featureFollow: { variable: "FEATURE_FOLLOW", read: flag, preset: "true" },
  featureMaxAgeSeconds: {
    variable: "FEATURE_MAX_AGE_SECONDS", read: decimal({ least: 1, most: 31_536_000 }), preset: null,
  },
  intentSink: { variable: "INTENT_SINK", read: sinkUrl, preset: "redis://127.0.0.1:6379" },
  intentStream: { variable: "INTENT_STREAM", read: text, preset: DEFAULT_STREAM },
  intentMaxLength: { variable: "INTENT_MAX_LENGTH", read: lengthOrAll, preset: "200000" },
  intentBuffer: { variable: "INTENT_BUFFER", read: whole({ least: 1, most: 1_000_000 }), preset: "10000" },
  ca: { variable: "REDIS_CA", read: certificate, preset: null },
  cert: { variable: "REDIS_CERT", read: certificate, preset: null },
  key: { variable: "REDIS_KEY", read: privateKey, preset: null },
  intentSigningKey: { variable: "INTENT_SIGNING_KEY", read: text, preset: null },
  signalsPerMinute: { variable: "MAX_SIGNALS_PER_MINUTE", read: whole({ least: 0, most: 1e6 }), preset: "60" },
  cooldownSeconds: { variable: "SYMBOL_COOLDOWN_SECONDS", read: decimal({ least: 0, most: 86_400 }), preset: "10" },
  healthHost: { variable: "HEALTH_HOST", read: text, preset: "127.0.0.1" },
  healthPort: { variable: "HEALTH_PORT", read: whole({ least: 0, most: 65_535 }), preset: "9464" },
  logLevel: { variable: "LOG_LEVEL", read: oneOf(["debug", "info", "warn", "error"]), preset: "info" },
};

/** All variables and their presets; null where there is none. */
export const PRESETS: ReadonlyMap<string, string | null> = new Map(Object.values(SETTINGS).map(({ variable, preset }) => [variable, preset]));

/**
 * Reads every setting from the environment. An empty variable counts as unset.
 * @throws QscError `invalid_config` that lists everything that is wrong, a line each.
 */
export async function readSettings(env: Environment): Promise<Settings> {
  const problems = new Problems();
  problems.check(() => { assertTestnet(env); });
  const values = readValues(env, problems);
  const voting = values.models === undefined ? undefined : await readVoting(env, { ...values, models: values.models }, problems);
  const build = problems.check(() => buildOf(values.build ?? null));
  problems.check(() => { assertTlsIsUsed(values); });
  problems.throwIfAny();
  return { ...values, ...voting, build } as Settings;
}

function readValues(env: Environment, problems: Problems): Partial<Values> {
  const values: Record<string, unknown> = {};
  for (const [key, { variable, read, preset }] of Object.entries(SETTINGS)) {
    const given = env[variable] === "" ? undefined : env[variable];
    const asText = given ?? preset;
    values[key] = asText === null ? null : problems.check(() => read(asText, variable));
  }
  return values;
}

/** The files of TLS for a source or sink; none where it has no TLS. */
export function tlsFor(url: string, { ca, cert, key }: Pick<Settings, "ca" | "cert" | "key">): TlsFiles {
  if (!isTls(url)) return {};
  return { ...(ca !== null && { ca }), ...(cert !== null && { cert }), ...(key !== null && { key }) };
}

function isTls(url: string): boolean {
  return /^rediss:/i.test(url);
}

function assertTlsIsUsed({ ca = null, cert = null, key = null, featureSource, intentSink }: Partial<Values>): void {
  if ((cert === null) !== (key === null)) {
    throw new Problem(`REDIS_CERT and REDIS_KEY go together, and only ${cert === null ? "REDIS_KEY" : "REDIS_CERT"} is set; set both, or neither.`);
  }
  const [name, value] = ca !== null ? ["REDIS_CA", ca] : ["REDIS_CERT", cert];
  if (value === null || featureSource === undefined || intentSink === undefined) return;
  const urls = featureSource.kind === "stream" ? [featureSource.url, intentSink] : [intentSink];
  if (urls.some(isTls)) return;
  throw new Problem(`${name} is '${value}', and neither FEATURE_SOURCE nor INTENT_SINK is rediss://; write one so, or leave ${name} unset.`);
}

/** The build as it was told, or that of the checkout which this file is in. */
function buildOf(given: string | null): string {
  const build = given ?? checkedOutCommit(import.meta.dirname);
  if (build !== null) return build;
  throw new Problem("AI_ENGINE_BUILD is not set, and the engine does not run from a git checkout; set it to the commit's SHA.");
}

type Voting = Pick<Settings, "weights" | "canary" | "quorum">;

async function readVoting(
  env: Environment,
  { models, weightsFile, quorumAsked }: Partial<Values> & Pick<Values, "models">,
  problems: Problems,
): Promise<Partial<Voting>> {
  const canary = problems.check(() => weightsFromEnvironment(env, models));
  const baseline = await problems.checkLater(() => baselineWeights(models, weightsFile ?? null));
  const quorum = problems.check(() => quorumOf(models.length, quorumAsked ?? null));
  const weights = canary?.weights ?? baseline;
  return { ...(weights && { weights }), canary: canary?.canary ?? null, ...(quorum && { quorum }) };
}

/** Of the file, or equal ones. They are read, and have to be right, even while a canary's are in force. */
async function baselineWeights(models: readonly string[], file: string | null): Promise<ReadonlyMap<string, number>> {
  if (file !== null) return readWeights(file, models);
  return checkWeights(new Map(models.map((model) => [model, 1 / models.length])), models, "equal weights");
}

/** A majority unless told otherwise: fewer would let a minority of models trade alone. */
function quorumOf(models: number, asked: number | null): number {
  if (asked === null) return Math.floor(models / 2) + 1;
  if (asked <= models) return asked;
  throw new Problem(`QUORUM is ${asked}, and there are ${models} models; write a number from 1 to ${models}.`);
}
