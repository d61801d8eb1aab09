import type { TlsFiles } from "@qsc/stream-reader";
import { checkedOutCommit } from "../build.js";
import { Problem, Problems, type Environment } from "./problems.js";
import { SETTING_ROWS, type Values } from "./table.js";
import { assertTestnet } from "./testnet.js";
import { readVoting, type Voting } from "./voting.js";

/** All settings of the engine, valid. */
export interface Settings extends Values, Voting {
  readonly build: string;
}

/**
 * Reads every setting from the environment. An empty variable counts as unset, unless that would take a protection away.
 * @throws QscError `invalid_config` that lists everything that is wrong, one per line.
 */
export async function readSettings(env: Environment): Promise<Settings> {
  const problems = new Problems();
  problems.check(() => {
    assertTestnet(env);
  });
  const values = readValues(env, problems);
  const voting =
    values.models === undefined ? undefined : await readVoting(env, { ...values, models: values.models }, problems);
  const build = problems.check(() => buildOf(values.build ?? null));
  problems.check(() => {
    assertTlsIsUsed(values);
  });
  problems.throwIfAny();
  return { ...values, ...voting, build } as Settings;
}

function readValues(env: Environment, problems: Problems): Partial<Values> {
  const values: Record<string, unknown> = {};
  for (const [key, { variable, read, preset, refusesEmpty = false }] of SETTING_ROWS) {
    if (refusesEmpty && env[variable] === "") {
      problems.check(() => {
        throw new Problem(`${variable} is empty; unset it if no model has to be signed, or name the files.`);
      });
      continue;
    }
    const given = env[variable] === "" ? undefined : env[variable];
    const asText = given ?? preset;
    values[key] = asText === null ? null : problems.check(() => read(asText, variable));
  }
  return values;
}

/** The TLS files for a source or sink; empty if it does not use TLS. */
export function tlsFor(url: string, { ca, cert, key }: Pick<Settings, "ca" | "cert" | "key">): TlsFiles {
  if (!isTls(url)) return {};
  return { ...(ca !== null && { ca }), ...(cert !== null && { cert }), ...(key !== null && { key }) };
}

function isTls(url: string): boolean {
  return /^(?:rediss|tls|nats\+tls):/i.test(url);
}

function assertTlsIsUsed({ ca = null, cert = null, key = null, featureSource, intentSink }: Partial<Values>): void {
  if ((cert === null) !== (key === null)) {
    throw new Problem(
      `REDIS_CERT and REDIS_KEY go together, but only ${cert === null ? "REDIS_KEY" : "REDIS_CERT"} is set; set both, or neither.`,
    );
  }
  const [name, value] = ca !== null ? ["REDIS_CA", ca] : ["REDIS_CERT", cert];
  if (value === null || featureSource === undefined || intentSink === undefined) return;
  const urls = featureSource.kind === "stream" ? [featureSource.url, intentSink] : [intentSink];
  if (urls.some(isTls)) return;
  throw new Problem(
    `${name} is '${value}', but neither FEATURE_SOURCE nor INTENT_SINK is rediss:// or tls://; change one, or leave ${name} unset.`,
  );
}

/** The build from the settings, or the commit of the checkout that contains this file. */
function buildOf(given: string | null): string {
  const build = given ?? checkedOutCommit(import.meta.dirname);
  if (build !== null) return build;
  throw new Problem(
    "AI_ENGINE_BUILD is not set, and the engine does not run from a git checkout; set it to the commit's SHA.",
  );
}
