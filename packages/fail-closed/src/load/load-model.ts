import { basename } from "#host";
import { rules, type Rule } from "@qsc/contract";
import { CheckedPredictor } from "../guard/checked-predictor.js";
import { GuardedModel } from "../guard/guarded-model.js";
import { isolated } from "../guard/listener.js";
import type { Identity, Loaded } from "../guard/loaded.js";
import {
  checkedOptions,
  DEFAULT_LOAD_LIMIT_MS,
  DEFAULT_TIME_LIMIT_MS,
  GUARD_RULES,
  limitRule,
  modelNameRule,
  must,
  namesRule,
  refuse,
  requireArgument,
  textRule,
  type GuardOptions,
} from "../guard/options.js";
import { OutputWatch } from "../guard/output-watch.js";
import { TimedCalls } from "../guard/timed-calls.js";
import { ModelError } from "../errors.js";
import type { FailClosedModel } from "../model.js";
import type { Runtime } from "../runtime.js";
import { loadArtifact, type Artifact } from "./load-artifact.js";
import type { SignatureDemand } from "./signature.js";

export interface LoadOptions extends GuardOptions {
  readonly runtime: Runtime;
  /**
   * The name that the manifest must have. Set it if weights or telemetry refer to it: otherwise the name comes from the
   * first readable manifest, and until then from the manifest's file name.
   */
  readonly name?: string;
  /**
   * Whose signature the model must have over its file and its manifest, in the format of OpenSSF model signing. Without
   * one it is inactive, `signature_missing` or `signature_invalid`. If left out, no signature is looked for.
   */
  readonly signature?: SignatureDemand;
  /** Longest time for one load, probe included, in milliseconds; default 30,000. */
  readonly loadLimitMs?: number;
}

const { optional } = rules;
const NAME = /^(?!\.\.?$)[^/\\\p{C}]+$/u;

const RULES: Readonly<Record<keyof LoadOptions, Rule>> = {
  ...GUARD_RULES,
  runtime: must(isRuntime, "a runtime with 'kind' and 'open', such as onnxRuntime()"),
  name: optional(modelNameRule),
  signature: optional(signatureRule),
  loadLimitMs: optional(limitRule),
};

/** A signature's file is beside the manifest; a demand that trusts no one could never be met, and is a mistake. */
function signatureRule(value: unknown, name: string): void {
  must((given) => typeof given === "object" && given !== null && !Array.isArray(given), "an object")(value, name);
  const { trusted, file, ...others } = value as Partial<SignatureDemand>;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) refuse(`${name}.${unknown} is not an option; there are 'trusted' and 'file'.`);
  namesRule(1)(trusted, `${name}.trusted`);
  const isName = (given: unknown): boolean => given === undefined || (typeof given === "string" && NAME.test(given));
  must(isName, "a file's name, without a path")(file, `${name}.file`);
}

function isRuntime(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { kind, open } = value as Partial<Runtime>;
  return typeof kind === "string" && typeof open === "function";
}

/**
 * Loads a model by its manifest: bytes, hash, session, dimensions, probes. If any of them fails, the promise does not
 * reject: the model is inactive and says why, and `reload` may activate it.
 * @throws QscError `invalid_option` naming the option and the value
 */
export async function loadModel(manifestPath: string, given: LoadOptions): Promise<FailClosedModel> {
  requireArgument(textRule, manifestPath, "manifestPath");
  const options = checkedOptions(given, RULES);
  const loader = new ModelLoader(manifestPath, options);
  return new GuardedModel(await loader.load(), {
    load: () => loader.load(),
    emit: loader.emit,
    maxSymbols: options.maxSymbols,
    isPerSymbol: options.degeneracy?.per === "symbol",
  });
}

/** Loads one model repeatedly. The options or the first manifest fix its name. */
class ModelLoader {
  readonly emit;
  readonly #path: string;
  readonly #options: LoadOptions;
  #name: string | null;
  /** From the last readable manifest. */
  #title: string | null = null;
  /** Of the last artefact that could be opened: the same artefact continues with it. */
  #watched: { readonly artifact: string | null; readonly watch: OutputWatch } | null = null;

  constructor(path: string, options: LoadOptions) {
    const { name, onEvent } = options;
    this.emit = isolated(onEvent, name ?? basename(path, ".json"));
    this.#path = path;
    this.#options = options;
    this.#name = name ?? null;
  }

  async load(): Promise<Loaded<string>> {
    const artifact = await loadArtifact({
      path: this.#path,
      expected: this.#name,
      title: this.#options.title ?? null,
      runtime: this.#options.runtime,
      signature: this.#options.signature ?? null,
      limitMs: this.#options.loadLimitMs ?? DEFAULT_LOAD_LIMIT_MS,
      emit: this.emit,
    });
    this.#name ??= artifact.manifest?.name ?? null;
    this.#title = artifact.manifest?.title ?? this.#title;
    const identity = this.#identityOf(artifact);
    return { identity, predictor: this.#predictorOf(artifact, identity) };
  }

  #identityOf({ manifest, hashes }: Artifact): Identity<string> {
    const name = this.#name ?? basename(this.#path, ".json");
    return {
      name,
      title: this.#options.title ?? this.#title ?? name,
      labels: Object.freeze([...(manifest?.labels ?? [])]),
      features: Object.freeze([...(manifest?.features ?? [])]),
      rows: manifest?.rows ?? 1,
      ...hashes,
    };
  }

  #predictorOf({ session, hashes }: Artifact, { labels }: Identity<string>): CheckedPredictor<string> | ModelError {
    if (session instanceof ModelError) return session;
    return new CheckedPredictor({
      labels,
      predict: (input, context) => session.predict(input, context),
      calls: new TimedCalls(this.#options.timeLimitMs ?? DEFAULT_TIME_LIMIT_MS),
      watch: this.#watchOf(hashes.artifactSha256),
      close: () => session.close(),
    });
  }
  #watchOf(artifact: string | null): OutputWatch {
    if (this.#watched === null || this.#watched.artifact !== artifact) {
      this.#watched = { artifact, watch: new OutputWatch(this.#options.degeneracy, this.#options.maxSymbols) };
    }
    return this.#watched.watch;
  }
}
